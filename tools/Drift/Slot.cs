// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Drift
{
    /// <summary>One entry of the table by which the CLR finds natives. Every method of the assembly has one.</summary>
    /// <param name="Type">The type, as C# names it.</param>
    /// <param name="Name">The method, as C# names it.</param>
    /// <param name="Class">The type, as the natives' structs and the checksum name it.</param>
    /// <param name="Method">The method with its signature, as the natives and the checksum name it.</param>
    /// <param name="IsNative">Whether there is a native for it.</param>
    /// <param name="Counts">Whether the checksum takes notice: methods of classes and structs do.</param>
    public sealed record Slot(string Type, string Name, string Class, string Method, bool IsNative, bool Counts);
}
