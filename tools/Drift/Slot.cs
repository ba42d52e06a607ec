// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Drift
{
    /// <summary>One entry of the table by which the CLR finds natives. Every method of the assembly has one.</summary>
    public sealed class Slot
    {
        /// <summary>Makes a slot.</summary>
        public Slot(string type, string name, string className, string method, bool isNative, bool counts)
        {
            Type = type;
            Name = name;
            Class = className;
            Method = method;
            IsNative = isNative;
            Counts = counts;
        }

        /// <summary>Gets the type, as C# names it.</summary>
        public string Type { get; }

        /// <summary>Gets the method, as C# names it.</summary>
        public string Name { get; }

        /// <summary>Gets the type, as the natives' structs and the checksum name it.</summary>
        public string Class { get; }

        /// <summary>Gets the method with its signature, as the natives and the checksum name it.</summary>
        public string Method { get; }

        /// <summary>Gets whether there is a native for it.</summary>
        public bool IsNative { get; }

        /// <summary>Gets whether the checksum takes notice: methods of classes and structs do.</summary>
        public bool Counts { get; }
    }
}
