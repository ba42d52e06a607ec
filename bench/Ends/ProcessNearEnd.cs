// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Bench
{
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
}
