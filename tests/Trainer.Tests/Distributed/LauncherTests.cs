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

    private static IReadOnlyList<string>? Libraries(bool asked, string variables)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return Launcher.Libraries(asked, name => values.GetValueOrDefault(name));
    }
}
