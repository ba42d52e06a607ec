// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Pack
{
    /// <summary>Why an app is not packed: which file, what is wrong with it, and what to do.</summary>
    public sealed class Refusal : Exception
    {
        /// <summary>Makes a refusal.</summary>
        public Refusal(string file, string what, string remedy)
            : base(file + ": " + what + "\n  do: " + remedy)
        {
        }
    }
}
