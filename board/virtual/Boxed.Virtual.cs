// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    // The other half of this class, for nanoFramework, is interop/K230.Sockets/Boxed.Nano.cs.
    internal static partial class Boxed
    {
        /// <summary>The types of numbers that nanoFramework does not have.</summary>
        private static bool IsOtherNumber(object value, out double number)
        {
            switch (value)
            {
                case ulong u:
                    number = u;
                    return true;
                case decimal d:
                    number = (double)d;
                    return true;
                case nint n:
                    number = n;
                    return true;
                case nuint n:
                    number = n;
                    return true;
                case System.Half h:
                    number = (double)h;
                    return true;
                default:
                    number = 0;
                    return false;
            }
        }
    }
}
