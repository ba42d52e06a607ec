// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Xml.Linq;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests
{
    /// <summary>The real core library, numbered by the real metadata processor: its package has the result.</summary>
    [TestClass]
    public class CoreLibraryTests
    {
        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));
        private static readonly string s_library = s_repository.Absolute(Versions.CoreLibrary(s_repository));

        // The package leaves types out by name: attributes for the compiler and the debugger.
        private static readonly XElement[] s_classes =
            XDocument.Load(Path.ChangeExtension(s_library, ".pdbx")).Descendants("Class").ToArray();

        [TestMethod]
        public void Types_and_methods_have_the_numbers_that_the_metadata_processor_gave()
        {
            using var assembly = new NanoAssembly(s_library);
            TypeDefinitionHandle[] types = Kept(assembly);

            Assert.AreEqual(141, types.Length);
            CollectionAssert.AreEqual(Tokens(s_classes), Tokens(types.Select(type => (EntityHandle)type)));
            CollectionAssert.AreEqual(
                Tokens(s_classes.SelectMany(type => type.Descendants("Method"))),
                Tokens(types.SelectMany(assembly.OrderedMethods).Select(method => (EntityHandle)method)));
        }

        private static TypeDefinitionHandle[] Kept(NanoAssembly assembly)
        {
            List<string> tokens = Tokens(s_classes);

            return assembly.Types.Where(type => tokens.Contains(Token(type))).ToArray();
        }

        // The tokens that .NET knows, in the order of those that the device knows.
        private static List<string> Tokens(IEnumerable<XElement> entries)
        {
            return entries.Select(entry => entry.Element("Token"))
                .OrderBy(token => Number(token.Element("nanoCLR")))
                .Select(token => Number(token.Element("CLR")).ToString("X8")).ToList();
        }

        private static List<string> Tokens(IEnumerable<EntityHandle> handles)
        {
            return handles.Select(Token).ToList();
        }

        private static string Token(EntityHandle handle)
        {
            return MetadataTokens.GetToken(handle).ToString("X8");
        }

        private static uint Number(XElement hexadecimal)
        {
            return uint.Parse(hexadecimal.Value.Substring(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }
}
