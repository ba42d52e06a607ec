// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests.Pages
{
    /// <summary>docs/reference/modules.md has every public member of the library, and no other.</summary>
    [TestClass]
    public class ModulesTests
    {
        private const string Page = "docs/reference/modules.md";

        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));

        private static readonly SymbolDisplayFormat s_format = new SymbolDisplayFormat(
            typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameOnly,
            memberOptions: SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType,
            parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName |
                SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeParamsRefOut,
            propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
            miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes);

        [TestMethod]
        public void The_page_of_the_modules_has_every_public_member_and_no_other()
        {
            Dictionary<string, string[]> surface = Surface();

            Assert.AreEqual("", string.Join("\n", Compare(surface, s_repository.Read(Page))));
        }

        [TestMethod]
        public void What_is_missing_or_too_much_is_found()
        {
            var surface = new Dictionary<string, string[]> { ["Thing"] = new[] { "int Go(int x)", "`X` 1" } };
            const string Good = "### Thing\n\n| member | |\n|---|---|\n| `int Go(int x)` | goes |\n\nNumbers: `X` 1.\n";

            Assert.AreEqual("", Text(Good));
            Assert.AreEqual(
                "Thing: int Go(int x) is missing\nThing: there is no int Go(byte x)",
                Text(Good.Replace("int x", "byte x")));
            Assert.AreEqual("Thing: `X` 1 is missing\nThing: there is no `X` 2", Text(Good.Replace("`X` 1", "`X` 2")));
            Assert.AreEqual("Thing: it has no heading", Text(Good.Replace("### Thing", "### Thin")).Split('\n')[0]);

            string Text(string page)
            {
                return string.Join("\n", Compare(surface, page));
            }
        }

        private static IEnumerable<string> Compare(Dictionary<string, string[]> surface, string page)
        {
            // "### Poller: select.poll()": what follows the name is free.
            Dictionary<string, string> sections = Regex.Split(page, "^### ", RegexOptions.Multiline).Skip(1)
                .ToDictionary(
                    part => Regex.Match(part, "^\\w+").Value,
                    part => Regex.Split(part, "^## ", RegexOptions.Multiline)[0]);

            foreach ((string type, string[] members) in surface)
            {
                if (!sections.TryGetValue(type, out string section))
                {
                    yield return type + ": it has no heading";
                    continue;
                }

                string[] shown = Regex.Matches(section, "^\\| `([^`]+)` \\|", RegexOptions.Multiline)
                    .Select(row => row.Groups[1].Value)
                    .Concat(Regex.Matches(section, "`[A-Z][A-Za-z0-9_]*` -?[0-9]+").Select(constant => constant.Value))
                    .ToArray();

                foreach (string member in members.Except(shown))
                {
                    yield return type + ": " + member + " is missing";
                }

                foreach (string member in shown.Except(members))
                {
                    yield return type + ": there is no " + member;
                }
            }
        }

        // The public types of the library for devices, each with its public members as the page has them.
        private static Dictionary<string, string[]> Surface()
        {
            using var libraries = new Libraries(s_repository);
            MetadataReference library =
                MetadataReference.CreateFromFile(s_repository.Absolute("build/nano/K230.Sockets/K230.Sockets.dll"));
            var compilation = CSharpCompilation.Create(
                "Surface",
                references: libraries.All.Select(one => MetadataReference.CreateFromFile(one.File)).Append(library));
            var assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(library);

            return assembly.GlobalNamespace.GetNamespaceMembers().Single(one => one.Name == "K230")
                .GetNamespaceMembers().Single().GetTypeMembers()
                .Where(type => type.DeclaredAccessibility == Accessibility.Public)
                .ToDictionary(type => type.Name, Members);
        }

        private static string[] Members(INamedTypeSymbol type)
        {
            if (type.TypeKind == TypeKind.Delegate)
            {
                return new[] { Show(type.DelegateInvokeMethod) };
            }

            return type.GetMembers()
                .Where(member => member.DeclaredAccessibility == Accessibility.Public && !IsImplied(member))
                .Select(Show).Distinct().ToArray();
        }

        private static string Show(ISymbol member)
        {
            return member is IFieldSymbol { HasConstantValue: true } constant
                ? "`" + member.Name + "` " + Convert.ToInt64(constant.ConstantValue)
                : member.ToDisplayString(s_format).Replace("(MsgFlags)0", "0");
        }

        // What a property, an event or an enumeration brings along.
        private static bool IsImplied(ISymbol member)
        {
            return member is INamedTypeSymbol ||
                member is IMethodSymbol
                {
                    MethodKind: not (MethodKind.Ordinary or MethodKind.Constructor or MethodKind.UserDefinedOperator),
                } ||
                (member is IMethodSymbol { MethodKind: MethodKind.Constructor } &&
                    member.ContainingType.TypeKind == TypeKind.Enum);
        }
    }
}
