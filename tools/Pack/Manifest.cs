// K230.nanoFramework, MIT licence: see LICENSE

using System.IO.Hashing;
using System.Linq;
using System.Text;

namespace K230.Pack
{
    /// <summary>What the firmware is told of an app. Keep in sync with board/K230/nanoclr/app/manifest.h.</summary>
    public static class Manifest
    {
        /// <summary>The file's name.</summary>
        public const string FileName = "manifest.txt";

        /// <summary>The text for an app.</summary>
        public static string Of(App app)
        {
            var text = new StringBuilder("k230-app 1\n# order name version bytes crc32 natives\n");

            for (int i = 0; i < app.Assemblies.Count; i++)
            {
                PeFile file = app.Assemblies[i];

                text.Append(i + 1).Append(' ').Append(file.Name).Append(' ').Append(file.Version).Append(' ')
                    .Append(file.Bytes.Length).Append(' ')
                    .Append(Crc32.HashToUInt32(file.Bytes).ToString("X8")).Append(' ')
                    .Append(file.NativeChecksum.ToString("X8")).Append('\n');
            }

            return text.Append("start ").Append(app.Main.Name).Append('\n').ToString();
        }

        /// <summary>Whether the firmware takes it for a name.</summary>
        public static bool IsName(string name) =>
            name.Length is > 0 and <= 100 && name[0] != '.' &&
                name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
    }
}
