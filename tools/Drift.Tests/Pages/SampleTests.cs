// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests.Pages
{
    /// <summary>The page of each sample shows the program as it is.</summary>
    [TestClass]
    public class SampleTests
    {
        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));

        private static IEnumerable<object[]> Samples
        {
            get { return s_repository.Files("samples", "Program.cs").Select(file => new object[] { file }); }
        }

        [TestMethod]
        [DynamicData(nameof(Samples))]
        public void The_page_of_a_sample_shows_each_of_its_methods(string program)
        {
            string page = Path.GetDirectoryName(program) + "/README.md";

            Assert.AreEqual("", string.Join(", ", Missing(s_repository.Read(program), s_repository.Read(page))));
        }

        [TestMethod]
        public void A_method_that_is_shown_otherwise_is_missed()
        {
            const string Program = "class P { void A() { X(1); } void B() { } }";
            const string Page =
                "<!-- from: Program.cs -->\n```csharp\nvoid A()\n{\n    X(2);\n}\n\nvoid B() { } // B\n```\n";

            Assert.AreEqual("A", string.Join(", ", Missing(Program, Page)));
            Assert.AreEqual("", string.Join(", ", Missing(Program, Page.Replace('2', '1'))));
        }

        private static IEnumerable<string> Missing(string program, string page)
        {
            string[] shown = Block.Of("README.md", page).Where(block => block.Note == "from: Program.cs")
                .Select(block => Line(block.Text)).ToArray();

            return CSharpSyntaxTree.ParseText(program).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
                .Where(method => !shown.Any(text => text.Contains(Line(method.ToString()))))
                .Select(method => method.Identifier.Text);
        }

        private static string Line(string text)
        {
            return string.Join(" ", CSharpBlocks.Tokens(text));
        }
    }
}
