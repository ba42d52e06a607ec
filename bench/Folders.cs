// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;

namespace K230.Bench
{
    /// <summary>Where things lie in the repository that this program was built in.</summary>
    internal static class Folders
    {
        private static readonly Lazy<string> s_root = new(Root);

        /// <summary>The programs in C.</summary>
        public static string Native => Path.Combine(s_root.Value, "build", "native", "bench", "native");

        /// <summary>The charts that bench/README.md shows.</summary>
        public static string Results => Path.Combine(s_root.Value, "bench", "results");

        /// <summary>Charts of runs that are too short to be shown, or not whole.</summary>
        public static string Trials => Path.Combine(s_root.Value, "build", "bench");

        public static string Readme => Path.Combine(s_root.Value, "bench", "README.md");

        private static string Root()
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at != null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "K230.nanoFramework.sln")))
                {
                    return at.FullName;
                }
            }

            throw new DirectoryNotFoundException(
                $"no K230.nanoFramework.sln in '{AppContext.BaseDirectory}' or above it");
        }
    }
}
