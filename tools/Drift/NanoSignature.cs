// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection.Metadata;

namespace K230.Drift
{
    /// <summary>A type of a signature, as far as names of natives and the order of types need it.</summary>
    public sealed class NanoSignature
    {
        private readonly string _fullName;
        private readonly NanoSignature _element;
        private readonly bool _isByRef;

        internal NanoSignature(string fullName, TypeDefinitionHandle definition = default, bool isGeneric = false)
        {
            _fullName = fullName;
            Definition = definition;
            IsGeneric = isGeneric;
        }

        internal NanoSignature(NanoSignature element, bool isByRef = false, bool isManyDimensional = false)
        {
            _element = element;
            _isByRef = isByRef;
            Definition = element.Definition;
            IsGeneric = element.IsGeneric;
            IsManyDimensional = isManyDimensional || element.IsManyDimensional;
        }

        /// <summary>Gets the type of this assembly that it is, or that it is an array of or a reference to.</summary>
        public TypeDefinitionHandle Definition { get; }

        /// <summary>Gets whether a generic type or parameter is in it.</summary>
        public bool IsGeneric { get; }

        /// <summary>Gets whether an array of more than one dimension is in it.</summary>
        public bool IsManyDimensional { get; }

        /// <summary>Gets its name in the name of a native: I4, SZARRAY_U1, BYREF_I4.</summary>
        public string Token
        {
            get
            {
                if (_element == null)
                {
                    return PlainToken(_fullName);
                }

                if (!_isByRef)
                {
                    // Also for an array of arrays, as the metadata processor asks for the innermost element.
                    return "SZARRAY_" + Innermost.Token;
                }

                return "BYREF_" + (_element.IsArray ? "SZARRAY_" + _element._element.Token : _element.Token);
            }
        }

        private bool IsArray
        {
            get { return _element != null && !_isByRef; }
        }

        private NanoSignature Innermost
        {
            get { return _element == null ? this : _element.Innermost; }
        }

        private static string PlainToken(string fullName)
        {
            switch (fullName)
            {
                case "System.Void": return "VOID";
                case "System.Boolean": return "BOOLEAN";
                case "System.Char": return "CHAR";
                case "System.SByte": return "I1";
                case "System.Byte": return "U1";
                case "System.Int16": return "I2";
                case "System.UInt16": return "U2";
                case "System.Int32": return "I4";
                case "System.UInt32": return "U4";
                case "System.Int64": return "I8";
                case "System.UInt64": return "U8";
                case "System.Single": return "R4";
                case "System.Double": return "R8";
                case "System.String": return "STRING";
                case "System.Object": return "OBJECT";
                case "System.IntPtr": return "I4";
                case "System.UIntPtr": return "U4";
                default: return fullName.Replace(".", "").Replace("/", "");
            }
        }
    }

    internal sealed class NanoSignatures : ISignatureTypeProvider<NanoSignature, object>
    {
        // The primitive types that the assembly itself defines: those of the core library, none elsewhere.
        private readonly Dictionary<string, TypeDefinitionHandle> _primitives;

        internal NanoSignatures(MetadataReader reader)
        {
            _primitives = reader.TypeDefinitions
                .Where(type => reader.GetTypeDefinition(type).GetDeclaringType().IsNil)
                .ToDictionary(type => NanoAssembly.FullName(reader, type));
            _primitives.Remove("System.Void"); // the metadata processor does not look this one up
        }

        public NanoSignature GetPrimitiveType(PrimitiveTypeCode code)
        {
            string name = "System." + code;

            return new NanoSignature(name, _primitives.GetValueOrDefault(name));
        }

        public NanoSignature GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte kind) =>
            new NanoSignature(NanoAssembly.FullName(reader, handle), handle);

        public NanoSignature GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte kind) =>
            new NanoSignature(NanoAssembly.FullName(reader, handle));

        public NanoSignature GetTypeFromSpecification(
            MetadataReader reader, object context, TypeSpecificationHandle handle, byte kind)
        {
            return reader.GetTypeSpecification(handle).DecodeSignature(this, context);
        }

        public NanoSignature GetSZArrayType(NanoSignature element) => new NanoSignature(element);

        public NanoSignature GetArrayType(NanoSignature element, ArrayShape shape) =>
            new NanoSignature(element, isManyDimensional: true);

        public NanoSignature GetByReferenceType(NanoSignature element) => new NanoSignature(element, isByRef: true);

        public NanoSignature GetPointerType(NanoSignature element) => element;

        public NanoSignature GetPinnedType(NanoSignature element) => element;

        public NanoSignature GetModifiedType(NanoSignature modifier, NanoSignature unmodified, bool isRequired) =>
            unmodified;

        public NanoSignature GetGenericInstantiation(
            NanoSignature type, ImmutableArray<NanoSignature> arguments)
        {
            return new NanoSignature("GENERICTYPE", type.Definition, isGeneric: true);
        }

        public NanoSignature GetGenericMethodParameter(object context, int index) =>
            new NanoSignature("GENERICTYPE", isGeneric: true);

        public NanoSignature GetGenericTypeParameter(object context, int index) =>
            new NanoSignature("GENERICTYPE", isGeneric: true);

        public NanoSignature GetFunctionPointerType(MethodSignature<NanoSignature> signature) =>
            new NanoSignature("System.IntPtr");
    }
}
