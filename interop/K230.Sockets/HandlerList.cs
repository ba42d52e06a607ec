// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>The handlers of one event, each to be called for itself: one that throws keeps no other from being called.
    /// </summary>
    internal sealed class HandlerList
    {
        private MulticastDelegate[] _handlers = new MulticastDelegate[0];

        internal int Count
        {
            get { return _handlers.Length; }
        }

        /// <summary>The handlers as they are now; never changed later.</summary>
        internal MulticastDelegate[] ToArray()
        {
            return _handlers;
        }

        internal void Add(MulticastDelegate handler)
        {
            if (handler is null)
            {
                return;
            }

            MulticastDelegate[] handlers = new MulticastDelegate[_handlers.Length + 1];
            Array.Copy(_handlers, 0, handlers, 0, _handlers.Length);
            handlers[_handlers.Length] = handler;
            _handlers = handlers;
        }

        /// <summary>Takes the last one that is equal away; does nothing if there is none.</summary>
        internal void Remove(MulticastDelegate handler)
        {
            int last = _handlers.Length - 1;

            while (last >= 0 && !_handlers[last].Equals(handler))
            {
                last--;
            }

            if (last < 0)
            {
                return;
            }

            MulticastDelegate[] handlers = new MulticastDelegate[_handlers.Length - 1];
            Array.Copy(_handlers, 0, handlers, 0, last);
            Array.Copy(_handlers, last + 1, handlers, last, handlers.Length - last);
            _handlers = handlers;
        }
    }
}
