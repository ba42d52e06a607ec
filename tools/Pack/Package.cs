// K230.nanoFramework, MIT licence: see LICENSE

using System.Formats.Tar;
using System.IO;
using System.Linq;

namespace K230.Pack
{
    /// <summary>A packed app on disk: a folder app with everything in it, and the same folder as a tar.</summary>
    public sealed class Package
    {
        private const string FolderName = "app";

        /// <summary>Writes the app into <paramref name="output"/>; what pack wrote there before is replaced.</summary>
        /// <exception cref="Refusal">There is a folder app that pack has not written, or a file.</exception>
        public Package(App app, string output)
        {
            Folder = Path.Combine(output, FolderName);
            Tar = Path.Combine(output, app.Main.Name + ".tar");

            RefuseFile();
            Clear();
            Directory.CreateDirectory(Folder);

            foreach (PeFile file in app.Assemblies)
            {
                File.WriteAllBytes(Path.Combine(Folder, file.Name + ".pe"), file.Bytes.ToArray());
            }

            // Last: a folder without a manifest is no app yet.
            File.WriteAllText(Path.Combine(Folder, Manifest.FileName), Manifest.Of(app));
            File.Delete(Tar);
            TarFile.CreateFromDirectory(Folder, Tar, true);
        }

        /// <summary>Gets the folder.</summary>
        public string Folder { get; }

        /// <summary>Gets the tar.</summary>
        public string Tar { get; }

        // The first of the folder and those around it that is there; that may be a file.
        private void RefuseFile()
        {
            string path = Folder;

            while (!string.IsNullOrEmpty(path) && !Path.Exists(path))
            {
                path = Path.GetDirectoryName(path);
            }

            if (File.Exists(path))
            {
                throw new Refusal(path, "is a file, and pack writes a folder",
                    "give a folder with --output, or none: it is then build/pack");
            }
        }

        private void Clear()
        {
            if (!Directory.Exists(Folder))
            {
                return;
            }

            string foreign = Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName)
                .FirstOrDefault(name => name != Manifest.FileName && !name.EndsWith(".pe"));

            if (foreign != null)
            {
                throw new Refusal(Folder, "holds '" + foreign + "', which pack has not written",
                    "empty the folder, or give another one with --output");
            }

            if (!File.Exists(Path.Combine(Folder, Manifest.FileName)) &&
                Directory.EnumerateFileSystemEntries(Folder).Any())
            {
                throw new Refusal(Folder, "has no " + Manifest.FileName + ", so pack has not written it",
                    "empty the folder, or give another one with --output");
            }

            Directory.Delete(Folder, true);
        }
    }
}
