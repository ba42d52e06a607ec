// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections;

namespace K230.Sockets
{
    /// <summary>
    /// MicroPython's <c>errno.errorcode</c>, a dictionary of the names of error numbers: <see cref="Errno.ErrorCode"/>.
    /// </summary>
    public sealed class ErrorCodes : IEnumerable
    {
        // Errno numbers are smaller.
        private const int Limit = 134;

        internal ErrorCodes()
        {
        }

        /// <summary>Gets how many numbers have a name: <c>len(errno.errorcode)</c>.</summary>
        public int Count
        {
            get { return Keys().Length; }
        }

        /// <summary>Gets the name of a number: <c>errno.errorcode[e.errno]</c>.</summary>
        /// <param name="errno">A number of <see cref="Errno"/>.</param>
        /// <returns>The name, such as "ECONNREFUSED".</returns>
        /// <exception cref="ArgumentException">The number has no name: MicroPython's KeyError.</exception>
        public string this[int errno]
        {
            get
            {
                return Get(errno) ?? throw new ArgumentException("no error has the number " + Repr.Of(errno));
            }
        }

        /// <summary>Gets the name of a number, or a default: <c>errno.errorcode.get(e.errno, name)</c>.</summary>
        /// <param name="errno">A number of <see cref="Errno"/>, or any other.</param>
        /// <param name="name">What to give for a number without a name.</param>
        /// <returns>The name, or <paramref name="name"/>.</returns>
        public string Get(int errno, string name = null)
        {
            return (errno < 0 ? null : Errno.NameOf(errno)) ?? name;
        }

        /// <summary>Whether a number has a name: <c>e.errno in errno.errorcode</c>.</summary>
        /// <param name="errno">The number.</param>
        /// <returns>true if it has.</returns>
        public bool Contains(int errno)
        {
            return Get(errno) != null;
        }

        /// <summary>Gets the numbers: <c>errno.errorcode.keys()</c>.</summary>
        /// <returns>A new array, the smallest number first.</returns>
        public int[] Keys()
        {
            int count = 0;

            for (int i = 0; i < Limit; i++)
            {
                count += Contains(i) ? 1 : 0;
            }

            int[] keys = new int[count];
            count = 0;

            for (int i = 0; i < Limit; i++)
            {
                if (Contains(i))
                {
                    keys[count] = i;
                    count++;
                }
            }

            return keys;
        }

        /// <summary>Walks through the numbers: <c>for n in errno.errorcode</c>.</summary>
        /// <returns>An enumerator of int.</returns>
        public IEnumerator GetEnumerator()
        {
            return Keys().GetEnumerator();
        }
    }
}
