// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;

namespace K230.Pack
{
    /// <summary>Texts that an assembly does not hold, because nanoCLR has them. It gives their number.</summary>
    internal static class KnownStrings
    {
        /// <summary>From this number on a text is nanoCLR's. Below it is a place in the assembly.</summary>
        internal const ushort First = 0xFFFF - 860;

        // Those that an assembly may be called.
        private static readonly Dictionary<int, string> s_names = new()
        {
            [0xFFFF - 447] = "System",
            [0xFFFF - 448] = "System.Collections",
            [0xFFFF - 459] = "System.ComponentModel",
            [0xFFFF - 460] = "System.Diagnostics",
            [0xFFFF - 461] = "System.Globalization",
            [0xFFFF - 463] = "System.IO",
            [0xFFFF - 464] = "System.Reflection",
            [0xFFFF - 465] = "System.Resources",
            [0xFFFF - 470] = "System.Text",
            [0xFFFF - 471] = "System.Threading",
            [0xFFFF - 813] = "mscorlib",
        };

        /// <summary>The text of a number, or null.</summary>
        internal static string Of(ushort number) => s_names.GetValueOrDefault(number);
    }
}
