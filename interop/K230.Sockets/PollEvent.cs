// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// A socket with events, as <see cref="Poller.Poll"/> reports it: MicroPython's pair (obj, event).
    /// </summary>
    public sealed class PollEvent
    {
        private readonly Socket _obj;
        private readonly int _events;

        internal PollEvent(Socket obj, int events)
        {
            _obj = obj;
            _events = events;
        }

        /// <summary>Gets the socket, item 0: the very object that was registered.</summary>
        public Socket Obj
        {
            get { return _obj; }
        }

        /// <summary>Gets the events, item 1: a sum of <see cref="Select.POLLIN"/>, <see cref="Select.POLLOUT"/>,
        /// <see cref="Select.POLLERR"/>, <see cref="Select.POLLHUP"/>, or 32 for a closed socket.</summary>
        public int Event
        {
            get { return _events; }
        }

        /// <summary>Gets an item as from the tuple.</summary>
        /// <param name="index">0 or -2 is <see cref="Obj"/>, 1 or -1 is <see cref="Event"/>.</param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public object this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -2:
                        return _obj;
                    case 1:
                    case -1:
                        return _events;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Splits the pair: <c>foreach (var (s, events) in poller.Poll(1000))</c>.</summary>
        /// <param name="obj">Item 0.</param>
        /// <param name="events">Item 1.</param>
        public void Deconstruct(out Socket obj, out int events)
        {
            obj = _obj;
            events = _events;
        }

        /// <summary>Gets the pair as MicroPython prints it: <c>(&lt;_socket 3&gt;, 1)</c>.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "(" + _obj.ToString() + ", " + Repr.Of(_events) + ")";
        }
    }
}
