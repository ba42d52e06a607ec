// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace K230.Drift
{
    /// <summary>
    /// An assembly as nanoFramework's metadata processor sees it: types and methods in the order in which it numbers
    /// them, with the names that it gives to natives.
    /// </summary>
    public sealed class NanoAssembly : IDisposable
    {
        private readonly PEReader _image;
        private readonly MetadataReader _metadata;
        private readonly IReadOnlyList<NanoAssembly> _referenced;
        private readonly NanoSignatures _signatures;
        private readonly List<TypeDefinitionHandle> _types;

        /// <summary>Opens an assembly.</summary>
        /// <param name="file">Its absolute path.</param>
        /// <param name="referenced">The assemblies with the base classes that are not in this one.</param>
        public NanoAssembly(string file, params NanoAssembly[] referenced)
        {
            File = file;
            _image = new PEReader(System.IO.File.OpenRead(file));
            _metadata = _image.GetMetadataReader();
            _referenced = referenced;
            _signatures = new NanoSignatures(_metadata);
            _types = OrderedTypes();
        }

        /// <summary>Gets the file.</summary>
        public string File { get; }

        /// <summary>Gets the simple name.</summary>
        public string Name
        {
            get { return _metadata.GetString(_metadata.GetAssemblyDefinition().Name); }
        }

        /// <summary>Gets the version of the assembly.</summary>
        public Version Version
        {
            get { return _metadata.GetAssemblyDefinition().Version; }
        }

        /// <summary>Gets the version that AssemblyNativeVersion tells, or null.</summary>
        public string NativeVersion
        {
            get
            {
                foreach (CustomAttributeHandle handle in _metadata.GetAssemblyDefinition().GetCustomAttributes())
                {
                    CustomAttribute attribute = _metadata.GetCustomAttribute(handle);

                    if (attribute.Constructor.Kind == HandleKind.MemberReference &&
                        FullName(_metadata, _metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent)
                            == "System.Reflection.AssemblyNativeVersionAttribute")
                    {
                        BlobReader value = _metadata.GetBlobReader(attribute.Value);
                        value.ReadUInt16(); // the prolog of every attribute

                        return value.ReadSerializedString();
                    }
                }

                return null;
            }
        }

        internal MetadataReader Metadata
        {
            get { return _metadata; }
        }

        internal NanoSignatures Signatures
        {
            get { return _signatures; }
        }

        /// <summary>Gets the types in the order of their numbers on a device.</summary>
        public IReadOnlyList<TypeDefinitionHandle> Types
        {
            get { return _types; }
        }

        /// <summary>Closes the file.</summary>
        public void Dispose()
        {
            _image.Dispose();
        }

        /// <summary>The table of natives: a slot for each method of each type.</summary>
        public IReadOnlyList<Slot> Slots()
        {
            var slots = new List<Slot>();

            foreach (TypeDefinitionHandle type in _types)
            {
                foreach (MethodDefinitionHandle handle in OrderedMethods(type))
                {
                    MethodDefinition method = _metadata.GetMethodDefinition(handle);
                    bool counts = IsInStubs(type);

                    slots.Add(new Slot(
                        FullName(_metadata, type), _metadata.GetString(method.Name), ClassName(type), MethodName(method),
                        counts && IsNative(method), counts));
                }
            }

            return slots;
        }

        /// <summary>The structs that natives get: types with fields or natives, in the order of the table.</summary>
        public IReadOnlyList<NanoStruct> Structs()
        {
            var structs = new List<NanoStruct>();
            int statics = 0;

            foreach (TypeDefinitionHandle type in _types.Where(IsInStubs))
            {
                var fields = new List<(string Name, int Index)>();
                int next = 1 + InheritedFields(type);

                // Static fields are numbered through the assembly from 0, instance fields through the object from 1.
                foreach (FieldDefinition field in Fields(type, FieldAttributes.Static))
                {
                    fields.Add(("FIELD_STATIC__" + FieldName(field), statics++));
                }

                foreach (FieldDefinition field in Fields(type, 0))
                {
                    fields.Add(("FIELD__" + FieldName(field), next++));
                }

                var natives = new List<string>();

                foreach (MethodDefinitionHandle handle in OrderedMethods(type))
                {
                    MethodDefinition method = _metadata.GetMethodDefinition(handle);

                    if (IsNative(method))
                    {
                        natives.Add(MethodName(method));
                    }
                }

                string name = ClassName(type);

                // What the compiler makes has names that C++ does not take, and nobody reads it.
                if (!name.Contains('<') && (fields.Count > 0 || natives.Count > 0))
                {
                    structs.Add(new NanoStruct(name, fields, natives));
                }
            }

            return structs;
        }

        /// <summary>The constants of all types: name of the type, name of the constant, value.</summary>
        public IEnumerable<(string Type, string Name, long Value, bool IsPublic)> Constants()
        {
            foreach (TypeDefinitionHandle type in _types)
            {
                foreach (FieldDefinitionHandle handle in _metadata.GetTypeDefinition(type).GetFields())
                {
                    FieldDefinition field = _metadata.GetFieldDefinition(handle);

                    if ((field.Attributes & FieldAttributes.Literal) == 0)
                    {
                        continue;
                    }

                    Constant constant = _metadata.GetConstant(field.GetDefaultValue());
                    object value = _metadata.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode);

                    if (value is int or uint or short or ushort or byte or sbyte or long)
                    {
                        yield return (
                            _metadata.GetString(_metadata.GetTypeDefinition(type).Name), _metadata.GetString(field.Name),
                            Convert.ToInt64(value),
                            (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public);
                    }
                }
            }
        }

        internal MethodBodyBlock Body(MethodDefinition method) =>
            method.RelativeVirtualAddress == 0 ? null : _image.GetMethodBody(method.RelativeVirtualAddress);

        internal static string FullName(MetadataReader reader, EntityHandle handle)
        {
            if (handle.IsNil)
            {
                return "";
            }

            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    TypeDefinition definition = reader.GetTypeDefinition((TypeDefinitionHandle)handle);
                    TypeDefinitionHandle declaring = definition.GetDeclaringType();

                    return declaring.IsNil
                        ? Qualified(reader, definition.Namespace, definition.Name)
                        : FullName(reader, declaring) + "/" + reader.GetString(definition.Name);
                case HandleKind.TypeReference:
                    TypeReference reference = reader.GetTypeReference((TypeReferenceHandle)handle);

                    return reference.ResolutionScope.Kind == HandleKind.TypeReference
                        ? FullName(reader, reference.ResolutionScope) + "/" + reader.GetString(reference.Name)
                        : Qualified(reader, reference.Namespace, reference.Name);
                default:
                    return "";
            }
        }

        private static string Qualified(MetadataReader reader, StringHandle space, StringHandle name) =>
            space.IsNil ? reader.GetString(name) : reader.GetString(space) + "." + reader.GetString(name);

        // ---- names of natives

        private string ClassName(TypeDefinitionHandle type)
        {
            if (type.IsNil)
            {
                return "";
            }

            TypeDefinition definition = _metadata.GetTypeDefinition(type);
            string name = ClassName(definition.GetDeclaringType()) + "_" + _metadata.GetString(definition.Namespace) + "_" +
                _metadata.GetString(definition.Name);

            return name.Replace('.', '_').TrimStart('_');
        }

        private string MethodName(MethodDefinition method)
        {
            MethodSignature<NanoSignature> signature = method.DecodeSignature(_signatures, null);
            string name = _metadata.GetString(method.Name) +
                (signature.Header.IsInstance ? "___" : "___STATIC__") + signature.ReturnType.Token;

            foreach (NanoSignature parameter in signature.ParameterTypes)
            {
                name += "__" + parameter.Token;
            }

            return name.Replace('.', '_');
        }

        private string FieldName(FieldDefinition field)
        {
            string name = _metadata.GetString(field.Name);
            const string Backing = ">k__BackingField";

            return name.EndsWith(Backing) ? name.Substring(1, name.Length - 1 - Backing.Length) : name;
        }

        // ---- the order

        // By name, but a type comes after the one it is declared in, the interfaces it implements, and the types that the
        // signatures of called methods name.
        private List<TypeDefinitionHandle> OrderedTypes()
        {
            var ordered = new List<TypeDefinitionHandle>();
            var begun = new HashSet<TypeDefinitionHandle>();

            foreach (TypeDefinitionHandle type in _metadata.TypeDefinitions
                .Where(type => FullName(_metadata, type) != "<Module>")
                .OrderBy(type => FullName(_metadata, type), CultureOrder.Instance))
            {
                Visit(type, ordered, begun);
            }

            return ordered;
        }

        private void Visit(TypeDefinitionHandle type, List<TypeDefinitionHandle> ordered, HashSet<TypeDefinitionHandle> begun)
        {
            if (begun.Contains(type))
            {
                return;
            }

            TypeDefinition definition = _metadata.GetTypeDefinition(type);

            if (!definition.GetDeclaringType().IsNil)
            {
                Visit(definition.GetDeclaringType(), ordered, begun);
            }

            foreach (InterfaceImplementationHandle handle in definition.GetInterfaceImplementations())
            {
                EntityHandle implemented = _metadata.GetInterfaceImplementation(handle).Interface;

                if (implemented.Kind == HandleKind.TypeDefinition)
                {
                    Visit((TypeDefinitionHandle)implemented, ordered, begun);
                }
            }

            if (!begun.Add(type))
            {
                return;
            }

            foreach (MethodDefinitionHandle handle in definition.GetMethods())
            {
                MethodBodyBlock body = Body(_metadata.GetMethodDefinition(handle));

                if (body == null)
                {
                    continue;
                }

                foreach ((_, EntityHandle token) in IlReader.Tokens(body))
                {
                    foreach (NanoSignature part in SignatureOf(token).Where(part => !part.Definition.IsNil))
                    {
                        Visit(part.Definition, ordered, begun);
                    }
                }
            }

            ordered.Add(type);
        }

        // Return type and parameters of the method that a token names; nothing for other tokens.
        internal ImmutableArray<NanoSignature> SignatureOf(EntityHandle token)
        {
            MethodSignature<NanoSignature> signature;

            switch (token.Kind)
            {
                case HandleKind.MethodDefinition:
                    signature = _metadata.GetMethodDefinition((MethodDefinitionHandle)token)
                        .DecodeSignature(_signatures, null);
                    break;
                case HandleKind.MemberReference:
                    MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)token);

                    if (member.GetKind() != MemberReferenceKind.Method)
                    {
                        return ImmutableArray<NanoSignature>.Empty;
                    }

                    signature = member.DecodeMethodSignature(_signatures, null);
                    break;
                case HandleKind.MethodSpecification:
                    return SignatureOf(_metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method);
                default:
                    return ImmutableArray<NanoSignature>.Empty;
            }

            return signature.ParameterTypes.Insert(0, signature.ReturnType);
        }

        /// <summary>The methods of a type in the order of their numbers: virtual ones, those of an object, static ones; each group
        /// in the order of the source.</summary>
        public IEnumerable<MethodDefinitionHandle> OrderedMethods(TypeDefinitionHandle type)
        {
            return _metadata.GetTypeDefinition(type).GetMethods().OrderBy(handle =>
            {
                MethodAttributes attributes = _metadata.GetMethodDefinition(handle).Attributes;

                return (attributes & MethodAttributes.Virtual) != 0 ? 0
                    : (attributes & MethodAttributes.Static) == 0 ? 1 : 2;
            });
        }

        // ---- kinds

        private bool IsInStubs(TypeDefinitionHandle type)
        {
            TypeDefinition definition = _metadata.GetTypeDefinition(type);
            string parent = FullName(_metadata, definition.BaseType);

            return (definition.Attributes & TypeAttributes.Interface) == 0 && parent != "System.Enum" &&
                parent != "System.MulticastDelegate" && parent != "System.Delegate";
        }

        private static bool IsNative(MethodDefinition method) =>
            method.RelativeVirtualAddress == 0 && (method.Attributes & MethodAttributes.Abstract) == 0;

        private IEnumerable<FieldDefinition> Fields(TypeDefinitionHandle type, FieldAttributes isStatic) =>
            _metadata.GetTypeDefinition(type).GetFields().Select(_metadata.GetFieldDefinition).Where(field =>
                (field.Attributes & (FieldAttributes.Static | FieldAttributes.Literal)) == isStatic);

        private int InheritedFields(TypeDefinitionHandle type)
        {
            EntityHandle parent = _metadata.GetTypeDefinition(type).BaseType;
            string name = FullName(_metadata, parent);

            if (parent.IsNil || name == "System.Object" || name == "System.ValueType")
            {
                return 0;
            }

            if (parent.Kind == HandleKind.TypeDefinition)
            {
                return InheritedFields((TypeDefinitionHandle)parent) + Fields((TypeDefinitionHandle)parent, 0).Count();
            }

            foreach (NanoAssembly assembly in _referenced)
            {
                TypeDefinitionHandle there = assembly.TypeOf(name);

                if (!there.IsNil)
                {
                    return assembly.InheritedFields(there) + assembly.Fields(there, 0).Count();
                }
            }

            throw new InvalidDataException(File + ": " + name + " is in no assembly that is known");
        }

        // The type of that name, or nil.
        private TypeDefinitionHandle TypeOf(string name) =>
            _types.FirstOrDefault(type => FullName(_metadata, type) == name);
    }

    /// <summary>What natives know of a type.</summary>
    public sealed class NanoStruct
    {
        /// <summary>Makes one.</summary>
        public NanoStruct(
            string name, IReadOnlyList<(string Name, int Index)> fields, IReadOnlyList<string> natives)
        {
            Name = name;
            Fields = fields;
            Natives = natives;
        }

        /// <summary>Gets the name, without Library_ and the project's.</summary>
        public string Name { get; }

        /// <summary>Gets the numbers of the fields.</summary>
        public IReadOnlyList<(string Name, int Index)> Fields { get; }

        /// <summary>Gets the names of the natives.</summary>
        public IReadOnlyList<string> Natives { get; }
    }
}
