// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace K230.Pack
{
    /// <summary>An app: its assemblies, each after those that it needs. The one with the Main comes last.</summary>
    public sealed class App
    {
        private readonly Dictionary<string, PeFile> _found = new();
        private readonly List<PeFile> _assemblies = new();
        private readonly HashSet<string> _begun = new();

        /// <summary>Reads the app.</summary>
        /// <param name="path">A folder with the .pe files of a build, all of which are taken; or the app's own .pe in
        /// one, with which only those are taken that it needs.</param>
        /// <exception cref="Refusal">It is not a whole app.</exception>
        public App(string path)
        {
            bool isFile = File.Exists(path);

            foreach (string file in Files(path, isFile))
            {
                Find(PeFile.Read(file));
            }

            Main = isFile ? Executable(_found.Values.Single(file => file.Path == path)) : TheExecutable(path);

            // A build's folder is the app, with what only reflection asks for; a file is the app and what it needs.
            foreach (PeFile file in isFile ? Enumerable.Empty<PeFile>() : _found.Values.Where(file => file != Main))
            {
                Add(file);
            }

            Add(Main);
        }

        /// <summary>Reads the app, and checks it against what it will run on.</summary>
        /// <exception cref="Refusal">It is not a whole app for this firmware.</exception>
        public App(string path, Firmware firmware)
            : this(path)
        {
            _assemblies.ForEach(firmware.Check);
        }

        /// <summary>Gets the assembly that is started.</summary>
        public PeFile Main { get; }

        /// <summary>Gets the assemblies in the order in which they are loaded.</summary>
        public IReadOnlyList<PeFile> Assemblies
        {
            get { return _assemblies; }
        }

        /// <summary>Gets what lies in the folder and is not taken.</summary>
        public IEnumerable<PeFile> LeftOut
        {
            get { return _found.Values.Except(_assemblies).OrderBy(file => file.Name, StringComparer.Ordinal); }
        }

        private static IEnumerable<string> Files(string path, bool isFile)
        {
            string folder = isFile ? Path.GetDirectoryName(Path.GetFullPath(path)) : path;

            if (!isFile && !Directory.Exists(path))
            {
                throw new Refusal(path, "there is no such file or folder",
                    "give the folder with the app's .pe files, or the app's own .pe");
            }

            if (isFile && !path.EndsWith(".pe", StringComparison.Ordinal))
            {
                throw new Refusal(path, "is no .pe file", "give " + Path.ChangeExtension(path, ".pe"));
            }

            string[] files = Directory.GetFiles(folder, "*.pe").Order(StringComparer.Ordinal).ToArray();

            if (files.Length == 0)
            {
                throw new Refusal(path, "has no .pe files", Elsewhere(path));
            }

            return isFile
                ? files.Select(file => Path.GetFileName(file) == Path.GetFileName(path) ? path : file)
                : files;
        }

        private static string Elsewhere(string folder)
        {
            string built = new[] { "bin/Release", "bin/Debug" }.Select(name => Path.Combine(folder, name))
                .FirstOrDefault(name => Directory.Exists(name) && Directory.GetFiles(name, "*.pe").Length > 0);

            return built == null
                ? "build the app's .nfproj with the nanoFramework extension of Visual Studio or VS Code, give its bin/Debug"
                : "give the folder with them: " + built;
        }

        private static PeFile Executable(PeFile file) =>
            file.IsExecutable ? file : throw new Refusal(file.Path, "has no Main: it is a library",
                "give the .pe of the app");

        private void Find(PeFile file)
        {
            if (!Manifest.IsName(file.Name))
            {
                throw new Refusal(file.Path, "its name '" + file.Name + "' cannot be a file's in a manifest",
                    "give the assembly a name of letters, digits, dots, hyphens and underscores");
            }

            if (_found.TryGetValue(file.Name, out PeFile other))
            {
                throw new Refusal(file.Path, "is " + file + ", and " + other.Path + " is " + other,
                    "keep the one that the app was built with");
            }

            _found.Add(file.Name, file);
        }

        private PeFile TheExecutable(string folder)
        {
            PeFile[] executables = _found.Values.Where(file => file.IsExecutable).ToArray();

            if (executables.Length == 0)
            {
                throw new Refusal(folder, "none of its " + _found.Count + " assemblies has a Main",
                    "give the folder of an app, not of a library");
            }

            if (executables.Length > 1)
            {
                string names = string.Join(", ", executables.Select(file => file.Name));

                throw new Refusal(folder, "has " + executables.Length + " assemblies with a Main: " + names,
                    "give one of them: " + executables[0].Path);
            }

            return executables[0];
        }

        // What it needs first, then itself.
        private void Add(PeFile file)
        {
            if (_assemblies.Contains(file))
            {
                return;
            }

            if (!_begun.Add(file.Name))
            {
                throw new Refusal(file.Path, "needs itself, by way of others", "build the app again");
            }

            foreach (Reference reference in file.References)
            {
                Add(Needed(file, reference));
            }

            _assemblies.Add(file);
        }

        private PeFile Needed(PeFile by, Reference reference)
        {
            if (!_found.TryGetValue(reference.Name, out PeFile file))
            {
                throw new Refusal(
                    Path.Combine(Path.GetDirectoryName(by.Path), reference.Name + ".pe"),
                    "is missing; " + by.Name + " needs " + reference,
                    "build the app again, or copy the file there from the package's lib folder");
            }

            // nanoCLR goes by the first two numbers.
            if (file.Version.Major != reference.Version.Major || file.Version.Minor != reference.Version.Minor)
            {
                throw new Refusal(file.Path, "is " + file + "; " + by.Name + " needs " + reference,
                    "build the app with one version of the package of " + file.Name);
            }

            return file;
        }
    }
}
