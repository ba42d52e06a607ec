// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace K230.Drift.Tests.Pages
{
    /// <summary>What a repository's sources call k230_... or K230_...: functions, types, options of builds.</summary>
    public static class SourceNames
    {
        private static readonly string[] s_kinds =
        {
            "*.c", "*.h", "*.cpp", "*.cs", "*.S", "*.sh", "*.txt", "*.cmake", "*.targets", "*.config", "*.dts*",
            "Kconfig", "SConscript", "k230", "S95*",
        };

        /// <summary>All of them; pages are no sources.</summary>
        public static HashSet<string> Of(Repository repository)
        {
            return new HashSet<string>(s_kinds.SelectMany(kind => repository.Files(".", kind))
                .SelectMany(file => Regex.Matches(repository.Read(file), @"\b[kK]230_[A-Za-z0-9_]+\b"))
                .Select(name => name.Value));
        }
    }
}
