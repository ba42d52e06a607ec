// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Bench
{
    /// <summary>Something that could not be measured; the message says who failed at what.</summary>
    internal sealed class Failure(string message) : Exception(message)
    {
    }
}
