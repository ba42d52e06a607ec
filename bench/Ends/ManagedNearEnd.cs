// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace K230.Bench
{
    /// <summary>A near end in C#: sockets of this process.</summary>
    internal sealed class ManagedNearEnd(ITransport transport, TimeSpan limit) : INearEnd
    {
        private static readonly Dictionary<string, Func<ITransport, Command, Sample>> s_tasks = new()
        {
            ["send"] = StreamTasks.Send,
            ["recv"] = StreamTasks.Receive,
            ["lines"] = StreamTasks.Lines,
            ["echo"] = MessageTasks.Echo,
            ["messages"] = MessageTasks.Messages,
            ["poll"] = PollTask.Run,
            ["connect"] = ConnectionTasks.Connect,
            ["accept"] = ConnectionTasks.Accept,
            ["udp-send"] = DatagramTask.Send,
            ["lookup"] = LookUpTask.Run,
        };

        private string _stuck;

        public string Name => transport.Name;

        public Sample Run(Command command) =>
            Do(command.ToString(), () => s_tasks[command.Verb](transport, command));

        /// <summary>
        /// Does something with the sockets, in a thread of its own, as there is no other way to stop waiting for it.
        /// </summary>
        /// <exception cref="Failure">It failed, or did not end in time; or something before did not.</exception>
        public T Do<T>(string what, Func<T> work)
        {
            if (_stuck != null)
            {
                throw new Failure($"{Name} still has not ended \"{_stuck}\", so \"{what}\" was not tried");
            }

            T result = default;
            Exception failed = null;
            var thread = new Thread(() =>
            {
                try
                {
                    result = work();
                }
                catch (Exception e)
                {
                    failed = e;
                }
            })
            {
                IsBackground = true, // one that hangs does not keep this process
                Name = what,
            };
            thread.Start();

            if (!thread.Join(limit))
            {
                _stuck = what;
                throw new Failure($"{Name} did not end \"{what}\" within {limit.TotalSeconds:0.#} s");
            }

            if (failed is Failure)
            {
                ExceptionDispatchInfo.Throw(failed);
            }

            return failed == null ? result : throw new Failure($"{Name} failed at \"{what}\": {failed.Message}");
        }
    }
}
