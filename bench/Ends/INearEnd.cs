// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    /// <summary>Somebody with sockets who measures what it does with them.</summary>
    internal interface INearEnd
    {
        string Name { get; }

        /// <exception cref="Failure">It failed, died, or did not end in time.</exception>
        Sample Run(Command command);
    }
}
