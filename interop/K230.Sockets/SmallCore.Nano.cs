// K230.nanoFramework, MIT licence: see LICENSE

#define DEBUG // without it a release build leaves Debug.WriteLine out

using System;
using System.Diagnostics;
using nanoFramework.Runtime.Events;

namespace K230.Sockets
{
    // The natives post an event of category Custom with each change. There is one listener for it in a program, the last
    // that was added: a program with Custom events of its own cannot have these as well.
    public static partial class SmallCore
    {
        // Keep in sync with K230_SOCKETS_EVENT_NETWORK (interop/native/K230_Sockets_Target.h).
        private const int EventNetwork = 230;

        // As Unknown; besides, the natives post the word that holds and each new one from then on. Keep in sync with
        // K230_NETWORK_LISTEN (firmware/bigcore/op/k230_op.h).
        private const int Listen = -2;

        // For so long the first event is waited for: another listener of the category may be in the way.
        private const int FirstEventMs = 2000;

        private static void StartListening()
        {
            var listener = new NetworkListener();
            EventSink.AddEventProcessor(EventCategory.Custom, listener);
            EventSink.AddEventListener(EventCategory.Custom, listener);

            int word = NativeSocket.Network(Listen, StartMs);

            if (word < 0)
            {
                Begin(NoSmallCore);
            }
            else if (!s_begun.WaitOne(FirstEventMs, false))
            {
                Begin(word);
            }
        }

        private static void Report(string what, Exception e)
        {
            Debug.WriteLine(what + e.ToString());
            Debug.WriteLine(e.StackTrace);
        }

        private class NetworkEvent : BaseEvent
        {
            internal int Word;
        }

        private class NetworkListener : IEventProcessor, IEventListener
        {
            public BaseEvent ProcessEvent(uint data1, uint data2, DateTime time)
            {
                // category and subcategory are the low bytes of data1
                return (data1 & 0xFF) == EventNetwork ? new NetworkEvent { Word = (int)data2 } : null;
            }

            public void InitializeForEventSource()
            {
            }

            public bool OnEvent(BaseEvent ev)
            {
                var networkEvent = ev as NetworkEvent;

                if (networkEvent != null)
                {
                    Tell(networkEvent.Word);
                }

                return true;
            }
        }
    }
}
