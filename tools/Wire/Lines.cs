// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Text;

namespace K230.Wire
{
    /// <summary>Makes lines of a program's output, however it was cut into pieces.</summary>
    internal sealed class Lines
    {
        // A program that never ends its line.
        private const int MostBytes = 64 * 1024;

        private readonly List<byte> _bytes = new();
        private readonly Queue<string> _lines = new();

        internal void Add(ReadOnlySpan<byte> piece)
        {
            foreach (byte value in piece)
            {
                if (value != '\n')
                {
                    _bytes.Add(value);
                }

                if (value == '\n' || _bytes.Count == MostBytes)
                {
                    _lines.Enqueue(TakeRest());
                }
            }
        }

        /// <summary>The lines that have ended.</summary>
        internal IEnumerable<string> Take()
        {
            while (_lines.TryDequeue(out string line))
            {
                yield return line;
            }
        }

        /// <summary>What has not ended yet.</summary>
        internal string TakeRest()
        {
            string line = Encoding.UTF8.GetString(_bytes.ToArray()).TrimEnd('\r');
            _bytes.Clear();

            return line;
        }
    }
}
