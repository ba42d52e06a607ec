// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Wire
{
    /// <summary>Why it did not work, in one line: which device or file, what is wrong, and what to do.</summary>
    /// <remarks>What is wrong may be a sentence of the system's or the device's, with a full stop.</remarks>
    public class Failure(string where, string what, string remedy)
        : Exception(where + ": " + what.TrimEnd('.', ' ') + "; " + remedy)
    {
    }

    /// <summary>The device is gone, or says nothing any more. It may come back.</summary>
    public sealed class Lost(string where, string what, string remedy) : Failure(where, what, remedy)
    {
    }

    /// <summary>The device refused a request.</summary>
    public sealed class Refused(string where, string what, string remedy) : Failure(where, what, remedy)
    {
    }
}
