// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections;

namespace K230.Sockets
{
    /// <summary>
    /// MicroPython's module <c>select</c>. <c>select.poll()</c> is <see cref="Poll"/>; <c>select.select</c> is
    /// <c>Sockets</c>, as C# allows no member with the name of its class.
    /// </summary>
    public static class Select
    {
        /// <summary>Something can be received, a connection waits, or the peer has closed.</summary>
        public const int POLLIN = 1;

        /// <summary>Something can be sent.</summary>
        public const int POLLOUT = 4;

        /// <summary>An error; the next call on the socket says which. Reported whatever the mask.</summary>
        public const int POLLERR = 8;

        /// <summary>Hung up, or never connected. Reported whatever the mask.</summary>
        public const int POLLHUP = 16;

        /// <summary>Makes an empty poll object: <c>select.poll()</c>.</summary>
        /// <returns>The poll object.</returns>
        public static Poller Poll()
        {
            return new Poller();
        }

        /// <summary>Waits for ever until one of the sockets is ready: <c>select.select(r, w, x)</c>.</summary>
        /// <param name="readable">Sockets to read from: an array, an ArrayList, or null for none.</param>
        /// <param name="writable">Sockets to write to, likewise.</param>
        /// <param name="exceptional">Sockets to watch for errors, likewise; those of the other two lists are watched
        /// for them anyway.</param>
        /// <returns>Those that are ready.</returns>
        /// <exception cref="ArgumentNullException">A list has a null item.</exception>
        /// <exception cref="ArgumentException">A list has an item that is no <see cref="Socket"/>.</exception>
        public static SelectResult Sockets(IEnumerable readable, IEnumerable writable, IEnumerable exceptional)
        {
            return Wait(readable, writable, exceptional, Socket.NoTimeout);
        }

        /// <summary>Waits until one of the sockets is ready, or the time is over: <c>select.select(r, w, x, t)</c>.
        /// </summary>
        /// <param name="readable">Sockets to read from: an array, an ArrayList, or null for none.</param>
        /// <param name="writable">Sockets to write to, likewise.</param>
        /// <param name="exceptional">Sockets to watch for errors, likewise; those of the other two lists are watched
        /// for them anyway.</param>
        /// <param name="seconds">The longest wait; 0 just looks, a negative number waits for ever.</param>
        /// <returns>Those that are ready; three empty lists when the time is over.</returns>
        /// <exception cref="ArgumentNullException">A list has a null item.</exception>
        /// <exception cref="ArgumentException">A list has an item that is no <see cref="Socket"/>.</exception>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="seconds"/> is not a number.</exception>
        public static SelectResult Sockets(
            IEnumerable readable, IEnumerable writable, IEnumerable exceptional, double seconds)
        {
            return Wait(
                readable, writable, exceptional, seconds < 0 ? Socket.NoTimeout : Socket.ToMilliseconds(seconds));
        }

        private static SelectResult Wait(
            IEnumerable readable, IEnumerable writable, IEnumerable exceptional, int timeoutMs)
        {
            Poller poller = new Poller();

            AddAll(poller, readable, POLLIN);
            AddAll(poller, writable, POLLOUT);
            AddAll(poller, exceptional, 0);

            PollEvent[] events = poller.Poll(timeoutMs);

            return new SelectResult(
                Pick(events, POLLIN), Pick(events, POLLOUT), Pick(events, ~(POLLIN | POLLOUT)));
        }

        private static void AddAll(Poller poller, IEnumerable sockets, int mask)
        {
            if (sockets == null)
            {
                return;
            }

            foreach (object socket in sockets)
            {
                poller.Add(socket, mask);
            }
        }

        private static Socket[] Pick(PollEvent[] events, int mask)
        {
            int count = 0;

            for (int i = 0; i < events.Length; i++)
            {
                if ((events[i].Event & mask) != 0)
                {
                    count++;
                }
            }

            Socket[] sockets = new Socket[count];
            count = 0;

            for (int i = 0; i < events.Length; i++)
            {
                if ((events[i].Event & mask) != 0)
                {
                    sockets[count] = events[i].Obj;
                    count++;
                }
            }

            return sockets;
        }
    }
}
