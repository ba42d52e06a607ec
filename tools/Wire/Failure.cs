// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Wire
{
    /// <summary>Why it did not work, in one line: which device or file, what is wrong, and what to do.</summary>
    public class Failure(string where, string what, string remedy) : Exception(where + ": " + what + "; " + remedy)
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
