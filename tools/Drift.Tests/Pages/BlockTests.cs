// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests.Pages
{
    /// <summary>The blocks of code of the pages, and of pages made up.</summary>
    [TestClass]
    public class BlockTests
    {
        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));
        private static readonly Lazy<CSharpBlocks> s_csharp = new(() => new CSharpBlocks(s_repository));
        private static readonly Lazy<ShellBlocks> s_shell = new(() => new ShellBlocks(s_repository));

        // Blocks that only a person reads, and other languages.
        private static readonly string[] s_languages =
            { "csharp", "sh", "console", "text", "python", "c", "cmake", "xml", "kconfig" };

        private static IEnumerable<object[]> Pages
        {
            get { return s_repository.Files(".", "*.md").Select(page => new object[] { page }); }
        }

        [TestMethod]
        [DynamicData(nameof(Pages))]
        public void Every_block_of_a_page_compiles_or_can_be_typed(string page)
        {
            AssertNothing(Block.Of(page, s_repository.Read(page)).SelectMany(Check));
        }

        [TestMethod]
        [DataRow("<!-- given: Socket s -->\n```csharp\ns.Send(\"x\");\n```")]
        [DataRow("```csharp\nvar s = new Socket();\n```")]
        [DataRow("<!-- members -->\n```csharp\nprivate static int Length(byte[] data) { return data.Length; }\n```")]
        [DataRow("```csharp\nusing K230.Sockets;\n\nvar s = new Socket();\ns.Close();\n```")]
        [DataRow("<!-- from: samples/TcpClient/Program.cs -->\n```csharp\ns.Connect(\n    addr); // here\n```")]
        [DataRow("```sh\n./k230 test --filter X && K230_EAGER=0 ./k230 run TcpClient 127.0.0.1 1 # --no option\n```")]
        [DataRow("```console\n$ ls samples/TcpClient/device/bin/Debug\nno/such.file\n```")]
        [DataRow("```sh\n./k230 deploy 192.168.1.7 app --monitor && ./k230 test --device COM3 --timeout 5\n```")]
        [DataRow("```text\n./k230 dance\n```")]
        public void What_compiles_and_can_be_typed_passes(string page)
        {
            AssertNothing(Block.Of("page.md", page).SelectMany(Check));
        }

        [TestMethod]
        [DataRow("```csharp\ns.Send(\"x\");\n```", "page.md:2: CS0103 on .NET")]
        [DataRow("<!-- given: Socket s -->\n```csharp\n\ns.Shout(\"x\");\n```", "page.md:4: CS1061 on .NET")]
        [DataRow("```csharp\nvar list = new System.Collections.Generic.List<int>();\n```", "for nanoFramework")]
        [DataRow("```csharp\nint x = 1\n```", "page.md:2: CS1002")]
        [DataRow("<!-- with: Socket s -->\n```csharp\ns.Close();\n```", "is no context: with: Socket s")]
        [DataRow(
            "<!-- from: samples/TcpClient/Program.cs -->\n```csharp\ns.Connect(other);\n```", "from 'other ) ;' on")]
        [DataRow("<!-- from: samples/NoSuch.cs -->\n```csharp\ns.Close();\n```", "there is no samples/NoSuch.cs")]
        [DataRow("```sh\nls\n./k230 dance\n```", "page.md:3: ./k230 has no verb dance")]
        [DataRow("```sh\n./k230 deploy 192.168.1.7 app --sideways\n```", "./k230 deploy has no --sideways")]
        [DataRow("```sh\n./k230 build everything\n```", "./k230 build takes no everything")]
        [DataRow("```sh\n./k230 test --sideways\n```", "./k230 test has no --sideways")]
        [DataRow("```sh\n./k230 run NoSample 1 2\n```", "there is no sample NoSample")]
        [DataRow("```sh\nls && firmware/no-such.sh\n```", "there is no firmware/no-such.sh")]
        [DataRow("```sh\nK230_" + "NO_SUCH=1 ls\n```", "nothing reads K230_" + "NO_SUCH")]
        [DataRow("```sh\nif true\n```", "bash cannot read it")]
        [DataRow("```console\n$ ./k230 dance\n```", "./k230 has no verb dance")]
        [DataRow("```\nls\n```", "a block without a language")]
        [DataRow("```pascal\nbegin end.\n```", "is no language of these pages: pascal")]
        [DataRow("Type this:\n\n    ./k230 dance\n", "an indented block")]
        public void What_does_not_is_found(string page, string expected)
        {
            string found = string.Join("\n", Block.Of("page.md", page).SelectMany(Check));

            StringAssert.Contains(found, expected);
        }

        [TestMethod]
        public void The_help_of_k230_names_its_verbs()
        {
            CollectionAssert.IsSubsetOf(
                new[]
                {
                    "demo", "run", "board", "test", "bench", "build", "pack", "devices", "deploy", "monitor", "drift",
                    "sizes", "clean",
                },
                s_shell.Value.Verbs.ToArray());
        }

        private static IEnumerable<string> Check(Block block)
        {
            switch (block.Language)
            {
                case null:
                    return new[] { block + ": an indented block: fence it, with a language" };
                case "":
                    return new[] { block + ": a block without a language" };
                case "csharp":
                    return s_csharp.Value.Check(block);
                case "sh":
                case "console":
                    return s_shell.Value.Check(block);
                default:
                    return s_languages.Contains(block.Language)
                        ? Array.Empty<string>()
                        : new[] { block + ": is no language of these pages: " + block.Language };
            }
        }

        private static void AssertNothing(IEnumerable<string> found)
        {
            string text = string.Join("\n", found);

            Assert.IsTrue(text.Length == 0, "\n" + text);
        }
    }
}
