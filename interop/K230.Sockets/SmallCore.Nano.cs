// K230.nanoFramework, MIT licence: see LICENSE

using System;
using nanoFramework.Runtime.Events;

namespace K230.Sockets
{
    // The natives post an event of category Custom with each change. There is one listener for it in a program, the last
    // that was added: a program with Custom events of its own cannot have these as well.
    public static partial class SmallCore
    {
        // Keep in sync with K230_SOCKETS_EVENT_NETWORK (interop/native/K230_Sockets_Target.h).
        private const int EVENT_NETWORK = 230;

        private static void StartListening()
        {
            var listener = new NetworkListener();
            EventSink.AddEventProcessor(EventCategory.Custom, listener);
            EventSink.AddEventListener(EventCategory.Custom, listener);
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
                return (data1 & 0xFF) == EVENT_NETWORK ? new NetworkEvent { Word = (int)data2 } : null;
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
