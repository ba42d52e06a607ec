// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Pack
{
    /// <summary>An assembly that another one needs.</summary>
    public readonly record struct Reference(string Name, Version Version)
    {
        /// <summary>As people write it.</summary>
        public override string ToString() => Name + " " + Version;
    }
}
