// K230.nanoFramework, MIT licence: see LICENSE

using System.IO;

namespace K230.Tools
{
    /// <summary>The copy of this repository that a program lies or was started in.</summary>
    internal static class Checkout
    {
        /// <summary>The root of the repository around a folder: the first folder upwards with the solution.</summary>
        /// <exception cref="DirectoryNotFoundException">There is none.</exception>
        internal static string Around(string folder)
        {
            for (var at = new DirectoryInfo(folder); at != null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "K230.nanoFramework.sln")))
                {
                    return at.FullName;
                }
            }

            throw new DirectoryNotFoundException("no K230.nanoFramework.sln in '" + folder + "' or above it");
        }
    }
}
