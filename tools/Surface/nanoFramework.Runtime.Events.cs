// nanoFramework.Runtime.Events: an allow-list, see README.md.

namespace nanoFramework.Runtime.Events
{
    public class BaseEvent
    {
        public ushort Source;
        public byte Message;
        public extern BaseEvent();
    }

    public enum EventCategory
    {
        Unknown = 0,
        Custom = 10,
    }

    public interface IEventListener
    {
        void InitializeForEventSource();
        bool OnEvent(BaseEvent ev);
    }

    public interface IEventProcessor
    {
        BaseEvent ProcessEvent(uint data1, uint data2, System.DateTime time);
    }

    public class EventSink
    {
        private extern EventSink();
        public static extern void AddEventListener(EventCategory category, IEventListener listener);
        public static extern void AddEventProcessor(EventCategory category, IEventProcessor processor);
        public static extern void RemoveEventListener(EventCategory category, IEventListener listener);
        public static extern void RemoveEventProcessor(EventCategory category, IEventProcessor processor);
    }
}
