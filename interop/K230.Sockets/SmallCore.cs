// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;

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
    /// <para>Each change is told once. Handlers run one after the other, on a thread that all events share: they should be
    /// short and must not wait. An exception of a handler is written to the standard error stream, on nanoFramework to the
    /// debugger's output; the other handlers and later events are not affected.</para>
    /// <para>While there is a handler, a session with the small core that ends is followed by a new one.</para>
    /// </remarks>
    public static partial class SmallCore
    {
        // The word of NativeSocket.Network. Keep in sync with K230_NETWORK_* (firmware/protocol/k230_protocol.h) and
        // firmware/bigcore/ask/network.c.
        private const int Link = 1;
        private const int Address = 2;
        private const int AddressChanges = 0x000FFF00;
        private const int EpochShift = 20;

        // No word is negative, so the answer to this one comes at once.
        private const int Unknown = -1;

        // What stands for the word where there is no small core.
        private const int NoSmallCore = 0;

        // K230_START_MS (firmware/bigcore/engine/k230_engine.h): a session starts within this time or not at all.
        private const int StartMs = 10000;

        private static readonly object s_lock = new object();
        private static readonly HandlerList s_linkChanged = new HandlerList();
        private static readonly HandlerList s_addressChanged = new HandlerList();
        private static readonly HandlerList s_restarted = new HandlerList();

        // Set once s_word is what the next word is compared with.
        private static readonly ManualResetEvent s_begun = new ManualResetEvent(false);
        private static bool s_listening;
        private static int s_word;

        /// <summary>Whether the small core's cable or radio is connected.</summary>
        /// <exception cref="OSError">There is no small core.</exception>
        public static bool IsLinkUp
        {
            get { return (Now() & Link) != 0; }
        }

        /// <summary>Whether the small core has an address that others can reach.</summary>
        /// <exception cref="OSError">There is no small core.</exception>
        public static bool HasAddress
        {
            get { return (Now() & Address) != 0; }
        }

        /// <summary>The link has gone up or down.</summary>
        public static event LinkChangedEventHandler LinkChanged
        {
            add { Add(s_linkChanged, value); }
            remove { Remove(s_linkChanged, value); }
        }

        /// <summary>
        /// An address that others can reach has come, gone or changed; or the agent on the small core has started anew
        /// and has others than before. A change of the link alone is none.
        /// </summary>
        public static event SmallCoreEventHandler AddressChanged
        {
            add { Add(s_addressChanged, value); }
            remove { Remove(s_addressChanged, value); }
        }

        /// <summary>
        /// The agent on the small core has started anew. Every socket made before raises <see cref="Errno.ECONNRESET"/>;
        /// new ones work.
        /// </summary>
        public static event SmallCoreEventHandler Restarted
        {
            add { Add(s_restarted, value); }
            remove { Remove(s_restarted, value); }
        }

        private static bool HasHandlers
        {
            get { return s_linkChanged.Count + s_addressChanged.Count + s_restarted.Count > 0; }
        }

        /// <summary>The word of NativeSocket.Network as it is now.</summary>
        internal static int Now()
        {
            int word = NativeSocket.Network(Unknown, StartMs);

            if (word < 0)
            {
                throw new OSError(-word);
            }

            return word;
        }

        private static void Add(HandlerList handlers, MulticastDelegate handler)
        {
            lock (s_lock)
            {
                handlers.Add(handler);

                if (s_listening)
                {
                    return;
                }

                s_listening = true;
                s_word = Unknown;
                s_begun.Reset();
            }

            // What holds when this returns is no news.
            StartListening();
        }

        private static void Remove(HandlerList handlers, MulticastDelegate handler)
        {
            lock (s_lock)
            {
                handlers.Remove(handler);
            }
        }

        /// <summary>Takes a word to compare the next with, unless there is one.</summary>
        private static void Begin(int word)
        {
            lock (s_lock)
            {
                if (s_word == Unknown)
                {
                    s_word = word;
                }
            }

            s_begun.Set();
        }

        /// <summary>Raises what is new in the next word. All words come here in their order, from one thread.</summary>
        private static void Tell(int word)
        {
            MulticastDelegate[] linkChanged;
            MulticastDelegate[] addressChanged;
            MulticastDelegate[] restarted;
            int before;

            lock (s_lock)
            {
                before = s_word;
                s_word = word;

                linkChanged = s_linkChanged.ToArray();
                addressChanged = s_addressChanged.ToArray();
                restarted = s_restarted.ToArray();
            }

            if (before == Unknown)
            {
                s_begun.Set();

                return;
            }

            int bits = before ^ word;

            if (before != NoSmallCore && bits >> EpochShift != 0)
            {
                Raise(restarted, false, word);
            }

            if ((bits & Link) != 0)
            {
                Raise(linkChanged, true, word);
            }

            if ((before == NoSmallCore ? word & Address : bits & AddressChanges) != 0)
            {
                Raise(addressChanged, false, word);
            }
        }

        private static void Raise(MulticastDelegate[] handlers, bool isLinkChanged, int word)
        {
            for (int i = 0; i < handlers.Length; i++)
            {
                try
                {
                    if (isLinkChanged)
                    {
                        ((LinkChangedEventHandler)handlers[i])((word & Link) != 0);
                    }
                    else
                    {
                        ((SmallCoreEventHandler)handlers[i])();
                    }
                }
                catch (Exception e)
                {
                    Report("K230.Sockets: a handler of an event of SmallCore has thrown: ", e);
                }
            }
        }
    }
}
