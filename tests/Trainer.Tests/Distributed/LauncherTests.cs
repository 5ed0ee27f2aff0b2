using Trainer.Engine.Distributed.Mpi;
using Trainer.Recipes;

namespace Trainer.Tests.Distributed;

public sealed class LauncherTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("OMPI_COMM_WORLD_SIZE=1", null)]
    [InlineData("PMI_SIZE=1", null)]
    [InlineData("SLURM_NTASKS=8", null)] // the shell of a batch job
    [InlineData("SLURM_NTASKS=1 SLURM_STEP_NUM_TASKS=1", null)]
    [InlineData("SLURM_STEP_NUM_TASKS=2 OMPI_COMM_WORLD_SIZE=1", null)] // mpirun's daemons are tasks of a step
    [InlineData("OMPI_COMM_WORLD_SIZE=2", "libmpi.so.40")]
    [InlineData("PMI_SIZE=2 PMI_RANK=0", "libmpich.so.12")]
    [InlineData("SLURM_NTASKS=8 PMIX_RANK=3", "libmpi.so.40")]
    [InlineData("SLURM_NTASKS=8 PMI_RANK=3 PMI_SIZE=8", "libmpich.so.12")]
    [InlineData("PMI_SIZE=2 TRAINER_MPI=/opt/mpi/lib/libmpi.so", "/opt/mpi/lib/libmpi.so")]
    public void The_launcher_decides_which_library_is_looked_for_first(string variables, string? library) =>
        Assert.Equal(library, Libraries(asked: false, variables)?[0]);

    [Fact]
    public void Asked_for_any_MPI_is_looked_for() => Assert.Equal(
        ["libmpich.so.12", "libmpi.so.12", "libmpi.so", "libmpi.so.40"], Libraries(asked: true, ""));

    [Fact]
    public void Tasks_of_srun_that_no_MPI_joins_are_refused()
    {
        var exception = Assert.Throws<TrainerException>(
            () => Libraries(asked: false, "SLURM_NTASKS=2 SLURM_STEP_NUM_TASKS=2"));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.Contains("--mpi=pmix", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OMPI_COMM_WORLD_RANK=3", "rank 3 on ")]
    [InlineData("PMI_RANK=1 PMI_SIZE=2", "rank 1 on ")]
    [InlineData("SLURM_PROCID=7 PMIX_RANK=5", "rank 5 on ")]
    [InlineData("", "on ")]
    public void A_process_that_cannot_begin_MPI_names_its_rank_and_machine(string variables, string start)
    {
        var fault = new TrainerException(ErrorKind.Device, "No MPI library was found.");
        var named = Assert.Throws<TrainerException>(() => Launcher.Named(() => throw fault, Variables(variables)));
        Assert.Equal(
            (ErrorKind.Device, $"{start}{Environment.MachineName}: {fault.Message}"), (named.Kind, named.Message));
    }

    [Fact]
    public void A_library_that_is_there_and_cannot_be_loaded_is_named_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("broken.so"), "");
        var fault = Assert.Throws<TrainerException>(() => MpiLibrary.Load(["libnothing.so.7", folder.At("broken.so")]));
        Assert.Contains(
            $"looked for libnothing.so.7, {folder.At("broken.so")}; {folder.At("broken.so")}: file too short. Install ",
            fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_variable_of_a_launcher_that_is_read_is_kept_from_child_processes()
    {
        var read = new HashSet<string>();
        string? One(string name)
        {
            read.Add(name);
            return null;
        }
        Launcher.Libraries(asked: false, One);
        Assert.Equal(read.Order(), Launcher.Variables.Order());
    }

    private static IReadOnlyList<string>? Libraries(bool asked, string variables) =>
        Launcher.Libraries(asked, Variables(variables));

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return name => values.GetValueOrDefault(name);
    }
}
