// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace K230.Drift.Tests.Pages
{
    /// <summary>
    /// Blocks of C#: each compiles for nanoFramework and for .NET. The comment above a block says what a reader of the
    /// page knows already, and the compiler has to be told:
    /// <list type="bullet">
    /// <item><c>given: Socket s, byte[] data</c>: the block is statements, with these variables</item>
    /// <item><c>members</c>: the block is members of a class</item>
    /// <item><c>.NET only</c>: the block is a file for the workstation</item>
    /// <item><c>from: FILE</c>: the block is a part of this file: the same tokens in the same order; line breaks and
    /// comments are free</item>
    /// </list>
    /// Without a comment a block that begins with <c>using</c> is a file, and another one is statements.
    /// </summary>
    public sealed class CSharpBlocks
    {
        // As the .nfproj have it, and Directory.Build.props.
        private static readonly CSharpParseOptions s_language = new CSharpParseOptions(LanguageVersion.CSharp9);

        private const string Usings =
            "using System; using System.Diagnostics; using System.Text; using System.Threading; using K230.Sockets;\n";

        private readonly Repository _repository;
        private readonly MetadataReference[] _nano;
        private readonly MetadataReference[] _net;

        /// <summary>What compiles over the libraries of a repository, as they were built last.</summary>
        public CSharpBlocks(Repository repository)
        {
            _repository = repository;
            _net = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")).Split(Path.PathSeparator)
                .Select(file => (MetadataReference)MetadataReference.CreateFromFile(file)).ToArray();

            using var libraries = new Libraries(repository);
            _nano = libraries.All.Select(library => library.File)
                .Append(repository.Absolute("build/nano/K230.Sockets/K230.Sockets.dll"))
                .Select(file => (MetadataReference)MetadataReference.CreateFromFile(file)).ToArray();
        }

        /// <summary>What is wrong with a block, each with its place on the page.</summary>
        public IEnumerable<string> Check(Block block)
        {
            string note = Note(block);

            if (note.StartsWith("from:"))
            {
                return CheckExcerpt(block, note.Substring(5).Trim());
            }

            string text = Whole(block);

            if (text == null)
            {
                return new[] { block + ": the comment above the block is no context: " + note };
            }

            IEnumerable<string> errors = Diagnostics(Compile(text, _net, note == ".NET only"), "on .NET");

            return note == ".NET only"
                ? errors
                : errors.Concat(Diagnostics(Compile(text, _nano, false), "for nanoFramework"));
        }

        /// <summary>A block that compiles, as an assembly of .NET.</summary>
        public Assembly Load(Block block)
        {
            using var image = new MemoryStream();
            EmitResult result = Compile(Whole(block), _net, false).Emit(image);

            return result.Success
                ? Assembly.Load(image.ToArray())
                : throw new InvalidOperationException(block + " does not compile");
        }

        private static string Note(Block block)
        {
            return block.Note ?? (block.Text.StartsWith("using ") ? "file" : "given:");
        }

        // The block with what it needs around it; null where its comment does not say.
        private static string Whole(Block block)
        {
            string note = Note(block);
            string text = "#line " + block.Line + " \"" + block.Page + "\"\n" + block.Text + "\n#line hidden\n";

            if (note.StartsWith("given:"))
            {
                string given = note.Substring(6);
                return Usings + "static class OfThePage { static void Run(" + given + ")\n{\n" + text + "}}";
            }

            if (note == "members")
            {
                return Usings + "class OfThePage\n{\n" + text + "}";
            }

            return note == ".NET only" || note == "file" ? text : null;
        }

        // A program where it has statements of its own or a Main, a library elsewhere.
        private static CSharpCompilation Compile(string text, MetadataReference[] references, bool newest)
        {
            SyntaxTree tree = CSharpSyntaxTree.ParseText(
                text, newest ? s_language.WithLanguageVersion(LanguageVersion.Latest) : s_language);
            bool isProgram = tree.GetCompilationUnitRoot().Members.Any(member => member is GlobalStatementSyntax);

            return CSharpCompilation.Create(
                "OfThePage", new[] { tree }, references,
                new CSharpCompilationOptions(
                    isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary));
        }

        // Warnings too, but for variables that a fragment does not use further.
        private static IEnumerable<string> Diagnostics(CSharpCompilation compilation, string where)
        {
            return compilation.GetDiagnostics()
                .Where(found => found.Severity >= DiagnosticSeverity.Warning && !IsOfAFragment(found.Id))
                .Select(found => Place(found) + ": " + found.Id + " " + where + ": " + found.GetMessage());
        }

        // CS0162: unreachable; CS0168, CS0219: unused; CS1701, CS1702: versions that are told apart elsewhere.
        private static bool IsOfAFragment(string id)
        {
            return id is "CS0162" or "CS0168" or "CS0219" or "CS1701" or "CS1702";
        }

        private static string Place(Diagnostic found)
        {
            FileLinePositionSpan place = found.Location.GetMappedLineSpan();

            return place.Path + ":" + (place.StartLinePosition.Line + 1);
        }

        private IEnumerable<string> CheckExcerpt(Block block, string name)
        {
            string file = _repository.Beside(block.Page, name);

            if (!_repository.Has(file))
            {
                yield return block + ": there is no " + file;
                yield break;
            }

            string[] shown = Tokens(block.Text);
            string[] whole = Tokens(_repository.Read(file));
            int longest = 0;

            for (int start = 0; start < whole.Length; start++)
            {
                int same = 0;

                while (same < shown.Length && start + same < whole.Length && shown[same] == whole[start + same])
                {
                    same++;
                }

                longest = Math.Max(longest, same);
            }

            if (shown.Length == 0 || longest < shown.Length)
            {
                yield return block + ": is not what stands in " + file + ", from '" +
                    string.Join(" ", shown.Skip(longest).Take(8)) + "' on";
            }
        }

        /// <summary>The tokens of C#, without comments and line breaks.</summary>
        public static string[] Tokens(string text)
        {
            return SyntaxFactory.ParseTokens(text, options: s_language)
                .Where(token => !token.IsKind(SyntaxKind.EndOfFileToken)).Select(token => token.Text).ToArray();
        }
    }
}
