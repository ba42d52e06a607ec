// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests.Pages
{
    /// <summary>What the pages name in `code` is there: files, functions, build options.</summary>
    [TestClass]
    public class NameTests
    {
        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));

        private static readonly Regex s_path =
            new Regex(@"^(board|bench|docs|firmware|interop|nf-tests|samples|tools)/[\w.*/-]+$");

        // Below the Wire Protocol, whose words are nanoFramework's.
        private static readonly string[] s_glossaryFolders = new[]
        {
            "protocol", "link", "hal", "bigcore", "pal", "smallcore", "selfcheck",
        }.Select(folder => "firmware/" + folder).ToArray();

        private static readonly Lazy<HashSet<string>> s_names = new(() => SourceNames.Of(s_repository));

        // The changelog tells what was.
        private static IEnumerable<object[]> Pages
        {
            get
            {
                return s_repository.Files(".", "*.md").Where(page => page != "CHANGELOG.md")
                    .Select(page => new object[] { page });
            }
        }

        [TestMethod]
        [DynamicData(nameof(Pages))]
        public void What_a_page_names_is_there(string page)
        {
            string text = string.Join("\n", Missing(page, s_repository.Read(page)));

            Assert.IsTrue(text.Length == 0, "\n" + text);
        }

        [TestMethod]
        [DataRow("the function `k230_client_attend` of `firmware/protocol/k230_protocol.h`, `samples/*/device`", "")]
        [DataRow("\n`k230_no_such_" + "function`", "page.md:2: nothing is called k230_no_such_" + "function")]
        [DataRow("`firmware/no-such.h`", "page.md:1: there is no firmware/no-such.h")]
        [DataRow("`samples/*/no-such`", "page.md:1: there is no samples/*/no-such")]
        [DataRow("```c\nk230_in_a_block_" + "of_code();\n```", "")]
        public void A_name_of_nothing_is_found(string text, string expected)
        {
            Assert.AreEqual(expected, string.Join("\n", Missing("page.md", text)));
        }

        [TestMethod]
        public void The_glossary_has_at_most_30_words()
        {
            string[] words = Regex.Matches(Glossary(), @"^\| ([a-z ]+) \|", RegexOptions.Multiline)
                .Select(row => row.Groups[1].Value).Where(word => word != "word").ToArray();

            Assert.IsTrue(words.Length is > 0 and <= 30, words.Length + " words");
            CollectionAssert.AllItemsAreUnique(words);
        }

        [TestMethod]
        public void The_firmware_says_no_word_that_the_glossary_replaces()
        {
            string[] words = Regex.Matches(Glossary(), @"(?<=^\|[^|]*\|[^|]*\|[^|]*)\*([A-Za-z ]+)\*", RegexOptions.Multiline)
                .Select(word => word.Groups[1].Value).ToArray();
            Assert.IsGreaterThanOrEqualTo(15, words.Length);

            string[] found = s_glossaryFolders
                .SelectMany(folder => new[] { "*.c", "*.h" }.SelectMany(kind => s_repository.Files(folder, kind)))
                .SelectMany(file => Replaced(file, s_repository.Read(file), words)).ToArray();

            Assert.IsEmpty(found, "\n" + string.Join("\n", found));
        }

        [TestMethod]
        [DataRow("static void bell_rings(void);", "x.c:1: bell")]
        [DataRow("int a;\n/* It pokes. */", "x.c:2: poke")]
        [DataRow("k230_doorbell_wait(); /* reposted as K230_POSTED */", "x.c:1: post")]
        [DataRow("k230_doorbell_wait(); /* a postbox, a subset */", "")]
        public void A_word_that_the_glossary_replaces_is_found(string text, string expected)
        {
            Assert.AreEqual(expected, string.Join("\n", Replaced("x.c", text, new[] { "bell", "poke", "post" })));
        }

        private static string Glossary()
        {
            return Regex.Split(s_repository.Read("firmware/README.md"), "^## ", RegexOptions.Multiline)
                .Single(part => part.StartsWith("Glossary"));
        }

        // A whole word of a comment, or a part of a name between underscores.
        private static IEnumerable<string> Replaced(string file, string text, string[] words)
        {
            string[] lines = text.Split('\n');
            var pattern = new Regex(
                "(?<![A-Za-z])(" + string.Join("|", words) + ")(s|es|ed|ing)?(?![A-Za-z])", RegexOptions.IgnoreCase);

            for (int i = 0; i < lines.Length; i++)
            {
                foreach (Match word in pattern.Matches(lines[i]))
                {
                    yield return file + ":" + (i + 1) + ": " + word.Groups[1].Value.ToLowerInvariant();
                }
            }
        }

        private static IEnumerable<string> Missing(string page, string text)
        {
            string[] lines = text.Split('\n');
            bool isCode = false;

            for (int i = 0; i < lines.Length; i++)
            {
                if (lines[i].TrimStart().StartsWith("```"))
                {
                    isCode = !isCode;
                    continue;
                }

                if (isCode)
                {
                    continue;
                }

                foreach (string code in Regex.Matches(lines[i], "`([^`]+)`").Select(span => span.Groups[1].Value))
                {
                    // k230_canmv and k230_evb are the vendor's names of boards.
                    foreach (Match name in Regex.Matches(code, @"\b[kK]230_(?!canmv|evb)[A-Za-z0-9_]+\b(?!\*)"))
                    {
                        if (!s_names.Value.Contains(name.Value))
                        {
                            yield return page + ":" + (i + 1) + ": nothing is called " + name.Value;
                        }
                    }

                    if (s_path.IsMatch(code) && !IsThere(code.TrimEnd('/')))
                    {
                        yield return page + ":" + (i + 1) + ": there is no " + code;
                    }
                }
            }
        }

        private static bool IsThere(string path)
        {
            string[] found = { s_repository.Absolute(".") };

            foreach (string part in path.Split('/'))
            {
                found = found.Where(Directory.Exists)
                    .SelectMany(folder => Directory.GetFileSystemEntries(folder, part)).ToArray();
            }

            return found.Length > 0;
        }
    }
}
