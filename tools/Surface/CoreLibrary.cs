// nanoFramework.CoreLibrary, assembly mscorlib: an allow-list, see README.md. Fields that are private stand here where a
// class of ours derives: natives count the fields of the base classes too.

namespace System
{
    // ---- what the compiler builds on

    public class Object
    {
        public extern Object();
        public virtual extern bool Equals(object obj);
        public static extern bool Equals(object a, object b);
        public virtual extern int GetHashCode();
        public extern Type GetType();
        public static extern bool ReferenceEquals(object a, object b);
        public virtual extern string ToString();
    }

    public abstract class ValueType
    {
    }

    public abstract class Enum : ValueType
    {
    }

    public struct Void
    {
    }

    public struct Boolean
    {
        public override extern string ToString();
    }

    public struct Char
    {
        public override extern string ToString();
        public extern char ToLower();
        public extern char ToUpper();
    }

    public struct Byte
    {
        public const byte MaxValue = 255;
        public static extern byte Parse(string s);
        public override extern string ToString();
        public extern string ToString(string format);
    }

    public struct SByte
    {
        public override extern string ToString();
    }

    public struct Int16
    {
        public const short MaxValue = 32767;
        public override extern string ToString();
    }

    public struct UInt16
    {
        public const ushort MaxValue = 65535;
        public override extern string ToString();
    }

    public struct Int32
    {
        public const int MaxValue = 2147483647;
        public const int MinValue = -2147483648;
        public static extern int Parse(string s);
        public static extern bool TryParse(string s, out int result);
        public override extern string ToString();
        public extern string ToString(string format);
    }

    public struct UInt32
    {
        public const uint MaxValue = 4294967295;
        public override extern string ToString();
        public extern string ToString(string format);
    }

    public struct Int64
    {
        public const long MaxValue = 9223372036854775807;
        public static extern long Parse(string s);
        public override extern string ToString();
        public extern string ToString(string format);
    }

    public struct UInt64
    {
        public override extern string ToString();
    }

    public struct Single
    {
        public override extern string ToString();
        public extern string ToString(string format);
    }

    public struct Double
    {
        public const double NaN = 0.0 / 0.0;
        public const double PositiveInfinity = 1.0 / 0.0;
        public static extern bool IsNaN(double d);
        public static extern double Parse(string s);
        public static extern bool TryParse(string s, out double result);
        public override extern string ToString();
        public extern string ToString(string format);
    }

    public struct IntPtr
    {
    }

    public struct UIntPtr
    {
    }

    public sealed class String
    {
        public static readonly string Empty;
        public extern String(char c, int count);
        public extern String(char[] value);
        [System.Runtime.CompilerServices.IndexerName("Chars")]
        public extern char this[int index] { get; }
        public extern int Length { get; }
        public static extern string Concat(object a);
        public static extern string Concat(object a, object b);
        public static extern string Concat(object a, object b, object c);
        public static extern string Concat(params object[] args);
        public static extern string Concat(string a, string b);
        public static extern string Concat(string a, string b, string c);
        public static extern string Concat(string a, string b, string c, string d);
        public static extern string Concat(params string[] values);
        public extern bool Contains(string value);
        public extern bool EndsWith(string value);
        public static extern string Format(string format, params object[] args);
        public extern int IndexOf(char value);
        public extern int IndexOf(char value, int start);
        public extern int IndexOf(string value);
        public extern int IndexOf(string value, int start);
        public static extern bool IsNullOrEmpty(string value);
        public extern int LastIndexOf(char value);
        public extern int LastIndexOf(string value);
        public static extern bool operator ==(string a, string b);
        public static extern bool operator !=(string a, string b);
        public extern string PadLeft(int width, char padding);
        public extern string PadRight(int width, char padding);
        public extern string[] Split(params char[] separator);
        public extern bool StartsWith(string value);
        public extern string Substring(int start);
        public extern string Substring(int start, int length);
        public extern char[] ToCharArray();
        public extern string ToLower();
        public extern string ToUpper();
        public extern string Trim();
        public extern string TrimEnd(params char[] chars);
        public extern string TrimStart(params char[] chars);
    }

    public abstract class Array : Collections.ICollection
    {
        extern int Collections.ICollection.Count { get; }
        public virtual extern bool IsSynchronized { get; }
        public extern int Length { get; }
        public virtual extern object SyncRoot { get; }
        public static extern void Clear(Array array, int index, int length);
        public static extern void Copy(Array source, Array destination, int length);
        public static extern void Copy(
            Array source, int sourceIndex, Array destination, int destinationIndex, int length);
        public virtual extern void CopyTo(Array array, int index);
        public virtual extern Collections.IEnumerator GetEnumerator();
    }

    public abstract class Delegate
    {
        public static extern Delegate Combine(Delegate a, Delegate b);
        public static extern Delegate Remove(Delegate source, Delegate value);
    }

    public abstract class MulticastDelegate : Delegate
    {
        public static extern bool operator ==(MulticastDelegate a, MulticastDelegate b);
        public static extern bool operator !=(MulticastDelegate a, MulticastDelegate b);
    }

    public abstract class Type : Reflection.MemberInfo
    {
        public abstract string FullName { get; }
        public static extern Type GetTypeFromHandle(RuntimeTypeHandle handle);
    }

    public struct RuntimeTypeHandle
    {
    }

    public struct RuntimeFieldHandle
    {
    }

    public struct RuntimeMethodHandle
    {
    }

    public interface IAsyncResult
    {
    }

    public delegate void AsyncCallback(IAsyncResult result);

    public interface IDisposable
    {
        void Dispose();
    }

    // ---- attributes

    public abstract class Attribute
    {
    }

    [Flags]
    public enum AttributeTargets
    {
        Class = 4,
        Method = 64,
    }

    public sealed class AttributeUsageAttribute : Attribute
    {
        public extern AttributeUsageAttribute(AttributeTargets validOn);
        public extern bool AllowMultiple { get; set; }
        public extern bool Inherited { get; set; }
    }

    public class FlagsAttribute : Attribute
    {
    }

    public sealed class ParamArrayAttribute : Attribute
    {
    }

    // ---- exceptions

    public class Exception
    {
        private object _message;
        private object _innerException;
        private object _stackTrace;
        protected int HResult;
        public extern Exception();
        public extern Exception(string message);
        public extern Exception(string message, Exception inner);
        public extern Exception InnerException { get; }
        public virtual extern string Message { get; }
        public virtual extern string StackTrace { get; }
    }

    public class SystemException : Exception
    {
        public extern SystemException();
        public extern SystemException(string message);
    }

    public class ArgumentException : SystemException
    {
        public extern ArgumentException();
        public extern ArgumentException(string message);
        public extern ArgumentException(string message, string paramName);
    }

    public class ArgumentNullException : ArgumentException
    {
        public extern ArgumentNullException();
        public extern ArgumentNullException(string paramName);
    }

    public class ArgumentOutOfRangeException : ArgumentException
    {
        public extern ArgumentOutOfRangeException();
        public extern ArgumentOutOfRangeException(string paramName);
    }

    public class FormatException : SystemException
    {
        public extern FormatException();
        public extern FormatException(string message);
    }

    public class IndexOutOfRangeException : SystemException
    {
    }

    public class InvalidOperationException : SystemException
    {
        public extern InvalidOperationException();
        public extern InvalidOperationException(string message);
    }

    public class NotSupportedException : SystemException
    {
        public extern NotSupportedException();
        public extern NotSupportedException(string message);
    }

    // Not an InvalidOperationException, other than in .NET.
    public class ObjectDisposedException : SystemException
    {
        public extern ObjectDisposedException();
        public extern ObjectDisposedException(string message);
    }

    public class OutOfMemoryException : SystemException
    {
    }

    // ---- what programs call

    public delegate void Action();

    public static class BitConverter
    {
        public static extern byte[] GetBytes(int value);
        public static extern short ToInt16(byte[] value, int index);
        public static extern int ToInt32(byte[] value, int index);
        public static extern long ToInt64(byte[] value, int index);
    }

    public static class Console
    {
        public static extern void Write(string value);
        public static extern void WriteLine();
        public static extern void WriteLine(string value);
    }

    public enum DayOfWeek
    {
        Sunday = 0,
        Saturday = 6,
    }

    // UTC only.
    public struct DateTime
    {
        public extern DateTime(int year, int month, int day);
        public extern DateTime(int year, int month, int day, int hour, int minute, int second);
        public extern int Day { get; }
        public extern DayOfWeek DayOfWeek { get; }
        public extern int Hour { get; }
        public extern int Millisecond { get; }
        public extern int Minute { get; }
        public extern int Month { get; }
        public extern int Second { get; }
        public extern long Ticks { get; }
        public static extern DateTime UtcNow { get; }
        public extern int Year { get; }
        public extern DateTime AddMilliseconds(double value);
        public extern DateTime AddSeconds(double value);
        public override extern string ToString();
        public extern string ToString(string format);
        public static extern DateTime operator +(DateTime a, TimeSpan b);
        public static extern DateTime operator -(DateTime a, TimeSpan b);
        public static extern TimeSpan operator -(DateTime a, DateTime b);
        public static extern bool operator <(DateTime a, DateTime b);
        public static extern bool operator >(DateTime a, DateTime b);
    }

    public struct TimeSpan
    {
        public const long TicksPerMillisecond = 10000;
        public const long TicksPerSecond = 10000000;
        public static readonly TimeSpan Zero;
        public extern TimeSpan(int hours, int minutes, int seconds);
        public extern long Ticks { get; }
        public extern double TotalMilliseconds { get; }
        public extern double TotalSeconds { get; }
        public static extern TimeSpan FromMilliseconds(long value);
        public static extern TimeSpan FromSeconds(long value);
        public override extern string ToString();
        public static extern TimeSpan operator +(TimeSpan a, TimeSpan b);
        public static extern TimeSpan operator -(TimeSpan a, TimeSpan b);
        public static extern bool operator <(TimeSpan a, TimeSpan b);
        public static extern bool operator >(TimeSpan a, TimeSpan b);
    }

    public static class GC
    {
        public static extern void SuppressFinalize(object obj);
        public static extern void WaitForPendingFinalizers();
    }

    public class Random
    {
        public extern Random();
        public extern Random(int seed);
        public virtual extern int Next();
        public virtual extern int Next(int below);
        public virtual extern double NextDouble();
        public virtual extern void NextBytes(byte[] buffer);
    }
}

namespace System.Collections
{
    public interface IEnumerable
    {
        IEnumerator GetEnumerator();
    }

    public interface IEnumerator
    {
        object Current { get; }
        bool MoveNext();
        void Reset();
    }

    public interface ICollection : IEnumerable
    {
        int Count { get; }
        bool IsSynchronized { get; }
        object SyncRoot { get; }
        void CopyTo(Array array, int index);
    }

    public class ArrayList : ICollection
    {
        public extern ArrayList();
        public virtual extern int Count { get; }
        public virtual extern bool IsSynchronized { get; }
        public virtual extern object SyncRoot { get; }
        public virtual extern object this[int index] { get; set; }
        public virtual extern int Add(object value);
        public virtual extern void Clear();
        public virtual extern bool Contains(object item);
        public virtual extern void CopyTo(Array array, int index);
        public virtual extern IEnumerator GetEnumerator();
        public virtual extern int IndexOf(object value);
        public virtual extern void Insert(int index, object value);
        public virtual extern void Remove(object obj);
        public virtual extern void RemoveAt(int index);
        public virtual extern object[] ToArray();
        public virtual extern Array ToArray(Type type);
    }
}

namespace System.Diagnostics
{
    public sealed class ConditionalAttribute : Attribute
    {
        public extern ConditionalAttribute(string condition);
    }

    public static class Debug
    {
        [Conditional("DEBUG")]
        public static extern void WriteLine(string text);
    }

    public sealed class DebuggableAttribute : Attribute
    {
        public extern DebuggableAttribute(DebuggingModes modes);

        [Flags]
        public enum DebuggingModes
        {
            None = 0,
            Default = 1,
            IgnoreSymbolStoreSequencePoints = 2,
            EnableEditAndContinue = 4,
            DisableOptimizations = 256,
        }
    }
}

namespace System.Reflection
{
    public abstract class MemberInfo
    {
        public abstract string Name { get; }
    }

    public sealed class AssemblyFileVersionAttribute : Attribute
    {
        public extern AssemblyFileVersionAttribute(string version);
    }

    public sealed class AssemblyNativeVersionAttribute : Attribute
    {
        public extern AssemblyNativeVersionAttribute(string version);
    }

    public sealed class AssemblyProductAttribute : Attribute
    {
        public extern AssemblyProductAttribute(string product);
    }

    public sealed class AssemblyTitleAttribute : Attribute
    {
        public extern AssemblyTitleAttribute(string title);
    }

    public sealed class AssemblyVersionAttribute : Attribute
    {
        public extern AssemblyVersionAttribute(string version);
    }

    public sealed class DefaultMemberAttribute : Attribute
    {
        public extern DefaultMemberAttribute(string name);
    }
}

namespace System.Runtime.CompilerServices
{
    public sealed class CallerMemberNameAttribute : Attribute
    {
    }

    public sealed class IndexerNameAttribute : Attribute
    {
        public extern IndexerNameAttribute(string name);
    }

    public sealed class MethodImplAttribute : Attribute
    {
        public extern MethodImplAttribute(MethodImplOptions options);
    }

    public enum MethodImplOptions
    {
        NoInlining = 8,
        Synchronized = 32,
        InternalCall = 4096,
    }

    public static class RuntimeHelpers
    {
        public static extern void InitializeArray(Array array, RuntimeFieldHandle field);
    }
}

namespace System.Runtime.InteropServices
{
    public sealed class ComVisibleAttribute : Attribute
    {
        public extern ComVisibleAttribute(bool visible);
    }
}

namespace System.Threading
{
    public abstract class WaitHandle
    {
        public const int WaitTimeout = 258;
        public static extern bool WaitAll(WaitHandle[] handles);
        public static extern bool WaitAll(WaitHandle[] handles, int milliseconds, bool exitContext);
        public static extern int WaitAny(WaitHandle[] handles);
        public static extern int WaitAny(WaitHandle[] handles, int milliseconds, bool exitContext);
        public virtual extern bool WaitOne();
        public virtual extern bool WaitOne(int milliseconds, bool exitContext);
    }

    public sealed class AutoResetEvent : WaitHandle
    {
        public extern AutoResetEvent(bool initialState);
        public extern bool Reset();
        public extern bool Set();
    }

    public sealed class ManualResetEvent : WaitHandle
    {
        public extern ManualResetEvent(bool initialState);
        public extern bool Reset();
        public extern bool Set();
    }

    public static class Interlocked
    {
        public static extern int CompareExchange(ref int location, int value, int comparand);
        public static extern int Decrement(ref int location);
        public static extern int Exchange(ref int location, int value);
        public static extern int Increment(ref int location);
    }

    public static class Monitor
    {
        public static extern void Enter(object obj);
        public static extern void Exit(object obj);
    }

    public delegate void ThreadStart();

    public sealed class Thread
    {
        public extern Thread(ThreadStart start);
        public static extern Thread CurrentThread { get; }
        public extern bool IsAlive { get; }
        public extern int ManagedThreadId { get; }
        public extern void Abort();
        public extern void Join();
        public extern bool Join(int milliseconds);
        public static extern void Sleep(int milliseconds);
        public extern void Start();
    }

    public static class Timeout
    {
        public const int Infinite = -1;
    }

    public delegate void TimerCallback(object state);

    public sealed class Timer : IDisposable
    {
        public extern Timer(TimerCallback callback, object state, int dueTime, int period);
        public extern bool Change(int dueTime, int period);
        public extern void Dispose();
    }
}
