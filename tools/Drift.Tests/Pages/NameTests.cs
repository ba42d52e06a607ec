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
            string glossary = Regex.Split(s_repository.Read("firmware/README.md"), "^## ", RegexOptions.Multiline)
                .Single(part => part.StartsWith("Glossary"));
            string[] words = Regex.Matches(glossary, @"^\| ([a-z ]+) \|", RegexOptions.Multiline)
                .Select(row => row.Groups[1].Value).Where(word => word != "word").ToArray();

            Assert.IsTrue(words.Length is > 0 and <= 30, words.Length + " words");
            CollectionAssert.AllItemsAreUnique(words);
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
