// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;

namespace K230.Drift
{
    /// <summary>
    /// The order in which the metadata processor sorts types: that of the culture en-US, whatever this machine has.
    /// </summary>
    /// <remarks>
    /// Letters are compared without their case first: Poller comes before PollEvent, which an ordinal comparison has the
    /// other way round. Only characters that names of types can have are known. The underscore comes after the others on
    /// Windows, where the metadata processor is at home, and before them with ICU; no type's place depends on it as long
    /// as none has an underscore.
    /// </remarks>
    public sealed class CultureOrder : IComparer<string>
    {
        private const string Symbols = "./_`<=>|$";

        /// <summary>The only instance that is needed.</summary>
        public static readonly CultureOrder Instance = new CultureOrder();

        private CultureOrder()
        {
        }

        /// <inheritdoc/>
        public int Compare(string x, string y)
        {
            int common = Math.Min(x.Length, y.Length);

            for (int i = 0; i < common; i++)
            {
                int difference = Weight(x[i]) - Weight(y[i]);

                if (difference != 0)
                {
                    return difference;
                }
            }

            if (x.Length != y.Length)
            {
                return x.Length - y.Length;
            }

            // The same but for case: small letters first.
            for (int i = 0; i < common; i++)
            {
                if (x[i] != y[i])
                {
                    return char.IsLower(x[i]) ? -1 : 1;
                }
            }

            return 0;
        }

        private static int Weight(char c)
        {
            int symbol = Symbols.IndexOf(c);

            return symbol >= 0 ? symbol : 1000 + char.ToLowerInvariant(c);
        }
    }
}
