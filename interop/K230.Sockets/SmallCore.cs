// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    /// <summary>The small core's link has gone up or down.</summary>
    public delegate void LinkChangedEventHandler(bool isUp);

    /// <summary>Something about the small core has changed.</summary>
    public delegate void SmallCoreEventHandler();

    /// <summary>
    /// What becomes of the network, which belongs to the small core. MicroPython has nothing of the kind: there,
    /// <c>network.LAN().isconnected()</c> is asked again and again.
    /// </summary>
    /// <remarks>
    /// Handlers run one after the other, on a thread that all events share: they should be short and must not wait.
    /// While there is a handler, a session with the small core that ends is followed by a new one.
    /// </remarks>
    public static partial class SmallCore
    {
        // Keep in sync with K230_NETWORK_* (firmware/protocol/k230_protocol.h) and firmware/bigcore/network.c.
        private const int LINK = 1;
        private const int ADDRESS = 2;
        private const int EPOCH_SHIFT = 20;

        // No word is negative, so the answer to this one comes at once.
        private const int UNKNOWN = -1;

        // Nor this one; besides, the natives post events from then on. Keep in sync with K230_NETWORK_LISTEN
        // (firmware/bigcore/k230_op.h).
        private const int LISTEN = -2;

        // K230_START_MS (firmware/bigcore/k230_sock.h): a session starts within this time or not at all.
        private const int START_MS = 10000;

        private static readonly object s_lock = new object();
        private static LinkChangedEventHandler s_linkChanged;
        private static SmallCoreEventHandler s_addressChanged;
        private static SmallCoreEventHandler s_restarted;
        private static bool s_listening;
        private static int s_word;

        /// <summary>Whether the small core's cable or radio is connected.</summary>
        /// <exception cref="OSError">There is no small core.</exception>
        public static bool IsLinkUp
        {
            get { return (Now() & LINK) != 0; }
        }

        /// <summary>Whether the small core has an address that others can reach.</summary>
        /// <exception cref="OSError">There is no small core.</exception>
        public static bool HasAddress
        {
            get { return (Now() & ADDRESS) != 0; }
        }

        /// <summary>The link has gone up or down.</summary>
        public static event LinkChangedEventHandler LinkChanged
        {
            add
            {
                lock (s_lock)
                {
                    s_linkChanged += value;
                }

                Listen();
            }

            remove
            {
                lock (s_lock)
                {
                    s_linkChanged -= value;
                }
            }
        }

        /// <summary>An address has come, gone or changed.</summary>
        public static event SmallCoreEventHandler AddressChanged
        {
            add
            {
                lock (s_lock)
                {
                    s_addressChanged += value;
                }

                Listen();
            }

            remove
            {
                lock (s_lock)
                {
                    s_addressChanged -= value;
                }
            }
        }

        /// <summary>
        /// The agent on the small core has started anew. Every socket made before raises <see cref="Errno.ECONNRESET"/>;
        /// new ones work.
        /// </summary>
        public static event SmallCoreEventHandler Restarted
        {
            add
            {
                lock (s_lock)
                {
                    s_restarted += value;
                }

                Listen();
            }

            remove
            {
                lock (s_lock)
                {
                    s_restarted -= value;
                }
            }
        }

        private static bool HasHandlers
        {
            get { return s_linkChanged != null || s_addressChanged != null || s_restarted != null; }
        }

        /// <summary>The word of NativeSocket.Network as it is now.</summary>
        internal static int Now()
        {
            int word = NativeSocket.Network(UNKNOWN, START_MS);

            if (word < 0)
            {
                throw new OSError(-word);
            }

            return word;
        }

        private static void Listen()
        {
            lock (s_lock)
            {
                if (s_listening)
                {
                    return;
                }

                s_listening = true;
                s_word = UNKNOWN;
            }

            StartListening();
            int word = NativeSocket.Network(LISTEN, START_MS);

            lock (s_lock)
            {
                // What holds now is no news. Without a small core there is no link: its coming will be news.
                if (s_word == UNKNOWN)
                {
                    s_word = word < 0 ? 0 : word;
                }
            }
        }

        /// <summary>Raises what is new in a word of NativeSocket.Network.</summary>
        private static void Tell(int word)
        {
            LinkChangedEventHandler linkChanged;
            SmallCoreEventHandler addressChanged;
            SmallCoreEventHandler restarted;
            int before;

            lock (s_lock)
            {
                before = s_word;
                s_word = word;

                if (before == UNKNOWN)
                {
                    return;
                }

                linkChanged = s_linkChanged;
                addressChanged = s_addressChanged;
                restarted = s_restarted;
            }

            bool isAnother = before >> EPOCH_SHIFT != word >> EPOCH_SHIFT;
            int flags = before ^ word;

            if (isAnother && before != 0 && restarted != null)
            {
                restarted();
            }

            if ((flags & LINK) != 0 && linkChanged != null)
            {
                linkChanged((word & LINK) != 0);
            }

            // Of another agent's count only the flag can be compared.
            if (((flags & ADDRESS) != 0 || (!isAnother && (flags & ~LINK) != 0)) && addressChanged != null)
            {
                addressChanged();
            }
        }
    }
}
