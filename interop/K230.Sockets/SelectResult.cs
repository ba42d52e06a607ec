// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// What <c>Select.Sockets</c> gives: the three lists of MicroPython's <c>select.select</c>. None of them is ever
    /// null.
    /// </summary>
    public sealed class SelectResult
    {
        private readonly Socket[] _readable;
        private readonly Socket[] _writable;
        private readonly Socket[] _exceptional;

        internal SelectResult(Socket[] readable, Socket[] writable, Socket[] exceptional)
        {
            _readable = readable;
            _writable = writable;
            _exceptional = exceptional;
        }

        /// <summary>Gets the sockets that can be read from, or whose peer has closed; item 0.</summary>
        public Socket[] Readable
        {
            get { return _readable; }
        }

        /// <summary>Gets the sockets that can be written to; item 1.</summary>
        public Socket[] Writable
        {
            get { return _writable; }
        }

        /// <summary>Gets the sockets with an error, a hang-up, or that are closed, in whichever list they were
        /// passed; item 2.</summary>
        public Socket[] Exceptional
        {
            get { return _exceptional; }
        }

        /// <summary>Gets one of the three lists, a <c>Socket[]</c>.</summary>
        /// <param name="index">0 to 2, or -3 to -1.</param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public object this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -3:
                        return _readable;
                    case 1:
                    case -2:
                        return _writable;
                    case 2:
                    case -1:
                        return _exceptional;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Splits the result: <c>var (r, w, x) = Select.Sockets(...);</c>.</summary>
        /// <param name="readable">Item 0.</param>
        /// <param name="writable">Item 1.</param>
        /// <param name="exceptional">Item 2.</param>
        public void Deconstruct(out Socket[] readable, out Socket[] writable, out Socket[] exceptional)
        {
            readable = _readable;
            writable = _writable;
            exceptional = _exceptional;
        }

        /// <summary>Gets the three lists as MicroPython prints them: <c>([&lt;_socket 3&gt;], [], [])</c>.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "(" + Repr.Of(_readable) + ", " + Repr.Of(_writable) + ", " + Repr.Of(_exceptional) + ")";
        }
    }
}
