// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using System.Linq;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests
{
    /// <summary>The links of the pages, here and in pages made up.</summary>
    [TestClass]
    public class LinkTests
    {
        private readonly string _root = Directory.CreateTempSubdirectory("k230-links-").FullName;

        [TestCleanup]
        public void Remove()
        {
            Directory.Delete(_root, true);
        }

        [TestMethod]
        public void Every_link_of_every_page_leads_somewhere()
        {
            var repository = new Repository(Checkout.Around(AppContext.BaseDirectory));

            Assert.AreEqual("", string.Join("\n", new Links(repository).Check()));
        }

        [TestMethod]
        [DataRow("[a](other.md)")]
        [DataRow("[a](other.md#a-heading-of-two-lines-here)")]
        [DataRow("[a](#this-page)")]
        [DataRow("[a](sub/)")]
        [DataRow("[a](https://example.org/no#matter)")]
        [DataRow("`[a](nowhere.md)` is code")]
        [DataRow("```\n[a](nowhere.md)\n```")]
        [DataRow("    [a](nowhere.md)")]
        public void What_leads_somewhere_or_is_no_link_passes(string text)
        {
            Assert.AreEqual(0, Check(text));
        }

        [TestMethod]
        [DataRow("[a](nowhere.md)")]
        [DataRow("[a](other.md#nothing)")]
        [DataRow("[a](#nothing)")]
        [DataRow("![a](picture.svg)")]
        [DataRow("| [a](other.md) | [b](nowhere.md) |")]
        public void What_leads_nowhere_is_found(string text)
        {
            Assert.AreEqual(1, Check(text));
        }

        private int Check(string text)
        {
            Directory.CreateDirectory(Path.Combine(_root, "sub"));
            File.WriteAllText(Path.Combine(_root, "other.md"), "# Other\n\n## A heading, of `two` lines: here\n");
            File.WriteAllText(Path.Combine(_root, "page.md"), "# This page\n\n" + text + "\n");

            return new Links(new Repository(_root)).Check().Count(problem => problem.Place.File == "page.md");
        }
    }
}
