// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;
using System.Text.RegularExpressions;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests.Pages
{
    /// <summary>docs/reference/firmware.md says what board/K230/nanoclr builds.</summary>
    [TestClass]
    public class FirmwareTests
    {
        private const string Page = "docs/reference/firmware.md";

        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));

        [TestMethod]
        public void The_page_has_the_assemblies_that_the_firmware_has_natives_of()
        {
            string[] built = Regex.Matches(
                    s_repository.Read("board/K230/nanoclr/natives.cpp"), @"^ +&g_CLR_AssemblyNative_(\w+),",
                    RegexOptions.Multiline)
                .Select(name => name.Groups[1].Value.Replace('_', '.'))
                .Where(name => !name.EndsWith(".DriverProcs")) // how EventSink listens, no assembly
                .Order().ToArray();
            string[] shown = Rows().Select(row => row.Groups["name"].Value).Order().ToArray();

            CollectionAssert.AreEqual(built, shown, "built: " + string.Join(", ", built));
        }

        [TestMethod]
        public void The_page_has_the_versions_and_the_checksum_of_this_repository()
        {
            string props = s_repository.Read("nano.props");
            string natives = s_repository.Read("interop/native/K230_Sockets.cpp");

            foreach (Match row in Rows())
            {
                string package = row.Groups["name"].Value switch
                {
                    "mscorlib" => "CoreLibrary",
                    "nanoFramework.Runtime.Events" => "RuntimeEvents",
                    "nanoFramework.System.Text" => "Text",
                    "System.Net" => "Net",
                    _ => null,
                };

                if (package != null)
                {
                    StringAssert.Contains(
                        props, "<" + package + "Version>" + row.Groups["version"].Value + "</", row.Value);
                }
            }

            StringAssert.Contains(
                natives, Rows().Single(row => row.Groups["name"].Value == "K230.Sockets").Groups["checksum"].Value);
        }

        [TestMethod]
        public void Every_page_names_the_commit_of_nf_interpreter_that_the_corrections_are_for()
        {
            string corrections = s_repository.Read("board/K230/nanoclr/corrections.cmake");
            string commit = Regex.Match(corrections, "nf-interpreter ([0-9a-f]{9})").Groups[1].Value;

            Assert.AreEqual(9, commit.Length);
            StringAssert.Contains(s_repository.Read(Page), commit);

            foreach (string page in s_repository.Files("docs", "*.md"))
            {
                foreach (Match other in Regex.Matches(s_repository.Read(page), @"(?:commit|checkout) ([0-9a-f]{9})\b"))
                {
                    Assert.AreEqual(commit, other.Groups[1].Value, page);
                }
            }
        }

        [TestMethod]
        public void Messages_on_troubleshooting_have_the_version_of_System_Net_that_is_needed()
        {
            Match[] needed = Regex.Matches(
                    s_repository.Read("docs/maintain/troubleshooting.md"),
                    @"needs (?:assembly ')?System\.Net'? \(?([0-9.]+)\.0\b")
                .ToArray();

            Assert.AreEqual(2, needed.Length);

            foreach (Match version in needed)
            {
                StringAssert.Contains(
                    s_repository.Read("nano.props"), "<NetVersion>" + version.Groups[1].Value + "</", version.Value);
            }
        }

        private static Match[] Rows()
        {
            return Regex.Matches(
                s_repository.Read(Page),
                @"^\| `(?<name>[\w.]+)` \| (?<version>[0-9.]+|–) \| (?<checksum>0x[0-9A-F]{8}) \|",
                RegexOptions.Multiline).ToArray();
        }
    }
}
