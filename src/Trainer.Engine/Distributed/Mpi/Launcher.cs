using System.Globalization;
using System.Runtime.InteropServices;
using Trainer.Recipes;

namespace Trainer.Engine.Distributed.Mpi;

/// <summary>
/// Finds out by the environment whether mpirun, mpiexec or srun has started this process as one of several. MPI is
/// loaded only then, or where the command line asks for it.
/// </summary>
public static class Launcher
{
    /// <summary>The variable that names the MPI library.</summary>
    public const string LibraryVariable = "TRAINER_MPI";

    /// <summary>The variables by which launchers make a process one of several.</summary>
    public static readonly IReadOnlyList<string> Variables =
        ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMI_FD", "PMIX_RANK", "SLURM_NTASKS", "SLURM_STEP_NUM_TASKS"];

    // The variables that hold a process's rank before MPI has begun.
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"];

    private static readonly string[] OpenMpi = ["libmpi.so.40", "libmpi.so"];
    private static readonly string[] Mpich = ["libmpich.so.12", "libmpi.so.12", "libmpi.so"];

    /// <summary>Joins the processes that the launcher has started.</summary>
    /// <param name="choice">What the command line says.</param>
    /// <returns>The processes; this one alone where there are no others.</returns>
    /// <exception cref="TrainerException">There are several processes, and MPI cannot join them.</exception>
    public static Collectives Join(ProcessesChoice choice) =>
        choice != ProcessesChoice.One
        && Libraries(choice == ProcessesChoice.Mpi, Environment.GetEnvironmentVariable) is { } libraries
            ? Named(() => Begin(libraries), Environment.GetEnvironmentVariable) : OneProcess.Instance;

    /// <summary>The names of MPI libraries to look for, in this order; null where there is one process.</summary>
    /// <param name="asked">Whether the command line asks for MPI, whatever the variables say.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <exception cref="TrainerException">srun has started several tasks and prepared no MPI for them.</exception>
    internal static IReadOnlyList<string>? Libraries(bool asked, Func<string, string?> variable)
    {
        var open = Count("OMPI_COMM_WORLD_SIZE");
        var mpich = Count("PMI_SIZE");
        // srun's tasks have a rank of PMIx or PMI; the shell of a batch job has SLURM_NTASKS, too.
        var tasks = Count("SLURM_NTASKS");
        var pmix = variable("PMIX_RANK") is not null;
        var isTask = pmix || variable("PMI_RANK") is not null || variable("PMI_FD") is not null;
        if (!asked && open + mpich == 0 && !isTask && Count("SLURM_STEP_NUM_TASKS") is > 1 and var strangers)
            throw new TrainerException(
                ErrorKind.Recipe, $"srun has started {strangers} tasks and no MPI to join them. Name one that srun "
                + "offers: --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH; or let each task be a process of its own by "
                + "--processes one.");
        if (!asked && Math.Max(Math.Max(open, mpich), isTask ? tasks : 0) <= 1)
            return null;
        return variable(LibraryVariable) is { Length: > 0 } named ? [named]
            : open > 0 || (pmix && mpich == 0) ? [.. OpenMpi, .. Mpich.Except(OpenMpi)]
            : [.. Mpich, .. OpenMpi.Except(Mpich)];

        int Count(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    /// <summary>Begins MPI. A failure names this process and its machine: the others may not have failed.</summary>
    /// <param name="begin">Loads the library and begins.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <exception cref="TrainerException">MPI could not begin.</exception>
    internal static Collectives Named(Func<Collectives> begin, Func<string, string?> variable)
    {
        try
        {
            return begin();
        }
        catch (TrainerException exception)
        {
            var rank = Ranks.Select(variable).FirstOrDefault(rank => rank is { Length: > 0 });
            throw new TrainerException(
                exception.Kind, $"{(rank is null ? "" : $"rank {rank} ")}on {Environment.MachineName}: "
                + exception.Message, exception);
        }
    }

    private static MpiCollectives Begin(IReadOnlyList<string> libraries)
    {
        // UCX would take the runtime's own handlers of SIGSEGV and others.
        if (Environment.GetEnvironmentVariable("UCX_ERROR_SIGNALS") is null)
            SetVariable("UCX_ERROR_SIGNALS", "", overwrite: 1);
        return new(MpiLibrary.Load(libraries));
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SetVariable(string name, string value, int overwrite);
}

/// <summary>Whether a command runs as one of several processes.</summary>
public enum ProcessesChoice
{
    /// <summary>As the launcher says.</summary>
    Auto,

    /// <summary>Alone, whatever started it.</summary>
    One,

    /// <summary>With MPI, although no launcher is recognised.</summary>
    Mpi,
}
