// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace K230.Bench
{
    /// <summary>Somebody with sockets who measures what it does with them.</summary>
    internal interface INearEnd
    {
        string Name { get; }

        /// <exception cref="Failure">It failed, died, or did not end in time.</exception>
        Sample Run(Command command);
    }

    /// <summary>
    /// A near end in C, which lives as long as it answers. After a failure that leaves its state unknown the next
    /// command meets a new one.
    /// </summary>
    internal sealed class ProcessNearEnd(string name, TimeSpan limit, Func<LineProcess> start) : INearEnd, IDisposable
    {
        private LineProcess _process;

        public string Name => name;

        public Sample Run(Command command)
        {
            string answer = Ask(command.ToString());

            if (answer.StartsWith("error ", StringComparison.Ordinal))
            {
                throw new Failure($"{name} failed at \"{command}\": {answer["error ".Length..]}");
            }

            try
            {
                return Sample.Parse(answer);
            }
            catch (FormatException e)
            {
                throw new Failure($"{name} answered \"{command}\" with nonsense: {e.Message}");
            }
        }

        public void Dispose() => _process?.Dispose();

        private string Ask(string line)
        {
            _process ??= start();

            try
            {
                _process.Tell(line);
                return _process.Hear(line, limit);
            }
            catch (Failure)
            {
                _process.Kill();
                _process = null;
                throw;
            }
        }
    }

    /// <summary>A near end in C#: sockets of this process.</summary>
    internal sealed class ManagedNearEnd(ITransport transport, TimeSpan limit) : INearEnd
    {
        private string _stuck;

        public string Name => transport.Name;

        public Sample Run(Command command) =>
            Do(command.ToString(), () => Workloads.Run(transport, command));

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
