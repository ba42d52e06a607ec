// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;

namespace K230.Drift
{
    /// <summary>
    /// What the 1.x line lacks and the compiler does not see. What can be called is no matter of this: the compiler knows
    /// it from the real mscorlib and from tools/Surface.
    /// </summary>
    public sealed class Limits
    {
        private const string Generic = "no generics: the metadata processor refuses them";

        private readonly Repository _repository;
        private readonly NanoAssembly _assembly;
        private readonly MetadataReader _metadata;

        /// <summary>The limits of an assembly.</summary>
        public Limits(Repository repository, NanoAssembly assembly)
        {
            _repository = repository;
            _assembly = assembly;
            _metadata = assembly.Metadata;
        }

        /// <summary>What a device could not run.</summary>
        public IEnumerable<Problem> Check()
        {
            string symbols = Path.ChangeExtension(_assembly.File, ".pdb");
            using var stream = new MemoryStream(File.ReadAllBytes(symbols));
            using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(stream);
            MetadataReader lines = provider.GetMetadataReader();
            bool hasNatives = _assembly.Slots().Any(slot => slot.IsNative);
            var problems = new List<Problem>();

            foreach (TypeDefinitionHandle type in _assembly.Types)
            {
                CheckType(type, hasNatives, lines, problems);
            }

            return problems;
        }

        private void CheckType(
            TypeDefinitionHandle handle, bool hasNatives, MetadataReader lines, List<Problem> problems)
        {
            TypeDefinition type = _metadata.GetTypeDefinition(handle);
            string name = NanoAssembly.FullName(_metadata, handle);
            Place place = PlaceOf(type, lines);

            if (type.GetGenericParameters().Count > 0)
            {
                problems.Add(Refused(place, "type " + name, Generic, "take object, or write the type out"));
            }

            // C# 11 and later embed attributes, which come first and move the whole table of natives; the checksum does
            // not change with that.
            if (name.StartsWith("System.") || name.StartsWith("Microsoft."))
            {
                problems.Add(Refused(
                    place, "type " + name, "no types of the system's own in this assembly",
                    "compile with C# 9, as NFProjectSystem.Default.props says"));
            }

            // Two compilers need not make the same ones, and each moves the table.
            if (hasNatives && _metadata.GetString(type.Name).Contains('<'))
            {
                problems.Add(Refused(
                    place, "type " + name, "no types that the compiler makes beside natives",
                    "write a method in the place of a lambda or an iterator, and fill arrays in a loop"));
            }

            foreach (FieldDefinitionHandle field in type.GetFields())
            {
                FieldDefinition definition = _metadata.GetFieldDefinition(field);
                CheckSignature(
                    new[] { definition.DecodeSignature(_assembly.Signatures, null) }, place,
                    "field " + name + "." + _metadata.GetString(definition.Name), problems);
            }

            foreach (MethodDefinitionHandle method in type.GetMethods())
            {
                CheckMethod(method, name, place, lines, problems);
            }
        }

        private void CheckMethod(
            MethodDefinitionHandle handle, string type, Place typePlace, MetadataReader lines, List<Problem> problems)
        {
            MethodDefinition method = _metadata.GetMethodDefinition(handle);
            string name = "method " + type + "." + _metadata.GetString(method.Name);
            SequencePoint[] points = lines.GetMethodDebugInformation(handle.ToDebugInformationHandle()).GetSequencePoints()
                .Where(point => !point.IsHidden).ToArray();
            Place place = points.Length == 0 ? typePlace : PlaceOf(points[0], lines);

            if (method.GetGenericParameters().Count > 0)
            {
                problems.Add(Refused(place, name, Generic, "take object, or write the method out"));
            }

            CheckSignature(_assembly.SignatureOf(handle), place, name, problems);

            MethodBodyBlock body = _assembly.Body(method);

            if (body == null)
            {
                return;
            }

            if (!body.LocalSignature.IsNil)
            {
                CheckSignature(
                    _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_assembly.Signatures, null),
                    place, "a local variable of " + name, problems);
            }

            foreach ((int offset, EntityHandle token) in IlReader.Tokens(body))
            {
                Place at = points.Length == 0 ? place
                    : PlaceOf(points.LastOrDefault(point => point.Offset <= offset, points[0]), lines);

                if (token.Kind == HandleKind.MethodSpecification)
                {
                    problems.Add(Refused(at, "a call in " + name, Generic, "call something that is not generic"));
                }
                else if (token.Kind == HandleKind.TypeSpecification)
                {
                    CheckSignature(
                        new[]
                        {
                            _metadata.GetTypeSpecification((TypeSpecificationHandle)token)
                                .DecodeSignature(_assembly.Signatures, null),
                        },
                        at, "an expression in " + name, problems);
                }
                else if (token.Kind == HandleKind.MemberReference &&
                    _metadata.GetMemberReference((MemberReferenceHandle)token).Parent is var parent &&
                    parent.Kind == HandleKind.TypeSpecification)
                {
                    CheckSignature(
                        new[]
                        {
                            _metadata.GetTypeSpecification((TypeSpecificationHandle)parent)
                                .DecodeSignature(_assembly.Signatures, null),
                        },
                        at, "a call in " + name, problems);
                }
            }
        }

        private static void CheckSignature(
            IEnumerable<NanoSignature> signature, Place place, string what, List<Problem> problems)
        {
            foreach (NanoSignature part in signature)
            {
                if (part.IsGeneric)
                {
                    problems.Add(Refused(place, what, Generic, "take object, or write the type out"));
                }
                else if (part.IsManyDimensional)
                {
                    problems.Add(Refused(
                        place, what, "no arrays of more than one dimension", "take an array of arrays"));
                }
                else
                {
                    continue;
                }

                return;
            }
        }

        private static Problem Refused(Place place, string what, string expected, string remedy) =>
            new Problem(place, what, expected, "one", remedy);

        // ---- places

        private Place PlaceOf(TypeDefinition type, MetadataReader lines)
        {
            foreach (MethodDefinitionHandle method in type.GetMethods())
            {
                foreach (SequencePoint point in
                    lines.GetMethodDebugInformation(method.ToDebugInformationHandle()).GetSequencePoints())
                {
                    if (!point.IsHidden)
                    {
                        return PlaceOf(point, lines);
                    }
                }
            }

            return new Place(_repository.Relative(_assembly.File));
        }

        private Place PlaceOf(SequencePoint point, MetadataReader lines)
        {
            string file = lines.GetString(lines.GetDocument(point.Document).Name);

            return new Place(_repository.Relative(file), point.StartLine);
        }
    }
}
