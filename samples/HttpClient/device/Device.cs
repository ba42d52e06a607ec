// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Samples
{
    /// <summary>The device's part: the address is the script's own, to be edited as there.</summary>
    public static partial class Program
    {
        /// <summary>What nanoFramework starts.</summary>
        public static void Main()
        {
            Client(HOST, PORT, true);
        }
    }
}
