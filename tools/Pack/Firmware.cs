// K230.nanoFramework, MIT licence: see LICENSE

using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;

namespace K230.Pack
{
    /// <summary>What the firmware of this repository has for an app.</summary>
    public sealed class Firmware(uint checksum)
    {
        /// <summary>The file with the natives' checksum.</summary>
        public const string Natives = "interop/native/K230_Sockets.cpp";

        private const string Sockets = "K230.Sockets";

        /// <summary>That of a repository.</summary>
        public static Firmware Of(string repository)
        {
            string file = Path.Combine(repository, Natives);
            Match match = Regex.Match(
                File.ReadAllText(file), @"""K230\.Sockets"",\s*0x([0-9A-Fa-f]{8}),\s*method_lookup");

            if (!match.Success)
            {
                throw new Refusal(file, "has no checksum of K230.Sockets' natives", "type ./k230 drift --fix");
            }

            return new Firmware(uint.Parse(match.Groups[1].Value, NumberStyles.HexNumber));
        }

        /// <summary>Refuses an assembly that this firmware would refuse.</summary>
        public void Check(PeFile assembly)
        {
            if (assembly.Name == Sockets && assembly.NativeChecksum != checksum)
            {
                throw new Refusal(
                    assembly.Path,
                    "was built for natives 0x" + assembly.NativeChecksum.ToString("X8") + ", the firmware of this " +
                    "repository has 0x" + checksum.ToString("X8") + " (" + Natives + ")",
                    "build interop/K230.Sockets and the app again from here, or pack with the firmware's repository");
            }
        }
    }
}
