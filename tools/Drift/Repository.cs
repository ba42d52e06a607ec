// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace K230.Drift
{
    /// <summary>The files that are compared. Paths are relative to the root, with slashes.</summary>
    public sealed class Repository
    {
        /// <summary>What says how to make things right.</summary>
        public const string Fix = "type ./k230 drift --fix";

        private static readonly string[] s_made = { "build", "bin", "obj", "packages", ".git", ".vs", "TestResults" };

        private readonly string _root;

        /// <summary>A repository, or a copy of the parts that are compared.</summary>
        public Repository(string root)
        {
            _root = Path.GetFullPath(root);
        }

        /// <summary>The absolute path of a file.</summary>
        public string Absolute(string file) => Path.GetFullPath(Path.Combine(_root, file));

        /// <summary>The path as seen from the root.</summary>
        public string Relative(string absolute) => Path.GetRelativePath(_root, absolute).Replace('\\', '/');

        /// <summary>The path of what a file calls <paramref name="name"/>, relative to itself.</summary>
        public string Beside(string file, string name)
        {
            string folder = Path.GetDirectoryName(Absolute(file));

            return Relative(Path.GetFullPath(Path.Combine(folder, name.Replace('\\', '/'))));
        }

        /// <summary>Whether the file is there.</summary>
        public bool Has(string file) => File.Exists(Absolute(file));

        /// <summary>The text of a file, with one line feed at the end of each line.</summary>
        public string Read(string file) => File.ReadAllText(Absolute(file)).Replace("\r\n", "\n");

        /// <summary>Replaces the text of a file.</summary>
        public void Write(string file, string text)
        {
            File.WriteAllText(Absolute(file), text);
        }

        /// <summary>The files below a folder whose names match, without what builds make; sorted.</summary>
        public IReadOnlyList<string> Files(string folder, string pattern)
        {
            var found = new List<string>();
            string top = Absolute(folder);

            if (Directory.Exists(top))
            {
                Add(top, pattern, found);
            }

            found.Sort(StringComparer.Ordinal);

            return found;
        }

        private void Add(string folder, string pattern, List<string> found)
        {
            found.AddRange(Directory.GetFiles(folder, pattern).Select(Relative));

            foreach (string inner in Directory.GetDirectories(folder))
            {
                if (!s_made.Contains(Path.GetFileName(inner)))
                {
                    Add(inner, pattern, found);
                }
            }
        }
    }
}
