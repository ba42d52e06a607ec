// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Samples
{
    /// <summary>The workstation's part: see <see cref="Command"/>.</summary>
    public static partial class Program
    {
        public static int Main(string[] args)
        {
            return new Command("HttpServer", HOST, PORT, "cannot serve at").Run(args, Server);
        }
    }
}
