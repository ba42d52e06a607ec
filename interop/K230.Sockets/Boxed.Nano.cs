// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    // The other half of this class, for .NET, is board/virtual/Boxed.Virtual.cs.
    internal static partial class Boxed
    {
        private static bool IsOtherNumber(object value, out double number)
        {
            number = 0;

            return false;
        }
    }
}
